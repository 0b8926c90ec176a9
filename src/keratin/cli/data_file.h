// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "keratin/cli/labelled_texts.h"

namespace keratin::cli {

struct DataFileOptions {
  std::string format =
      {};  // "tsv", "csv", "jsonl"; empty: by the file's name, else by its contents
  std::string text_column = {};  // csv, jsonl; empty: guessed from the names
  std::string label_column = {};
};

/// Reads the texts to learn from:
///   .tsv     label, tab, text: a line each, no header
///   .csv     RFC 4180, with a header line that names the columns
///   .jsonl   one JSON object a line; a label may be a string, an integer or a bool
///   folder   every NAME.txt in it is a class, every line of it a text
///
/// A byte order mark, CR before LF and empty lines are passed over. A text may be empty, a label
/// may not. Bytes that are no UTF-8 are kept as they are: the Tokenizer counts them as U+FFFD.
/// Throws InputError with file, line and column for a line that is not as it should be, for a file
/// that is not there and for one without texts, and UsageError for a column that is not there.
LabelledTexts read_data_file(const std::string& path, const DataFileOptions& options);

/// The whole file. Throws InputError with the system's reason.
std::string read_whole_file(const std::string& path);

}  // namespace keratin::cli
