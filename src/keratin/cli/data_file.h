// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "keratin/cli/columns.h"
#include "keratin/cli/labelled_texts.h"

namespace keratin::cli {

struct DataFileOptions {
  /// "tsv", "csv", "jsonl", "fasttext"; empty: by the file's name, else by its contents.
  std::string format = {};
  ColumnOptions columns = {};
  bool few_a_label = false;  // nearly as many labels as texts are no error
};

struct DataFile {
  LabelledTexts texts;
  std::string decided;  // how it was read, for people: "tsv; labels: column 1 ...; texts: ..."
};

/// Reads the texts to learn from; "-" is standard input:
///   .tsv      fields with tabs between them, with or without a header: label and text, in any
///   order .csv      RFC 4180, with or without a header line; other separators are recognised
///   .jsonl    one JSON object a line; a label may be a string, a number or a bool
///   fastText  a line is __label__NAME and a text
///   folder    every NAME.txt in it is a class, every line of it a text
///
/// Any of them may be packed with gzip or be UTF-16 (read_text). Empty lines are passed over. A
/// text may be empty, a label may not. Bytes that are no UTF-8 are kept as they are: the Tokenizer
/// counts them as U+FFFD. Throws InputError with file, line and column for a line that is not as it
/// should be, for a file that is not there, for one without texts, and for labels that cannot be
/// right (nearly as many as texts, unless the user named the column); UsageError for columns that
/// are not there or not clear.
DataFile read_data_file(const std::string& path, const DataFileOptions& options);

}  // namespace keratin::cli
