// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace keratin::cli {

/// The records of a file by columns. `file` is its name for messages, `text` all of it.
struct Table {
  struct Column {
    std::string name;                  // of a JSON key or a header; else empty
    std::vector<std::string> cells;    // one a record
    std::vector<std::size_t> offsets;  // where in the text each stands, for messages
    std::vector<std::size_t> missing;  // records without such a cell
  };
  std::vector<Column> columns;
  bool has_names = false;

  std::size_t rows() const { return columns.empty() ? 0 : columns[0].cells.size(); }
  /// The first record becomes the names of the columns; so do its repetitions.
  void take_header();
};

/// Comma-separated values, with the separator that fits. Throws InputError for a record that has
/// not as many fields as the first.
Table read_csv(const std::string& file, std::string_view text);

/// How a line of tab-separated values is cut: texts may hold tabs themselves.
enum class TabCut { kEvery, kFirst, kLast };
/// Whether all lines have equally many tabs. Throws InputError for a line without any.
bool has_even_tabs(const std::string& file, std::string_view text);
Table read_tsv(const std::string& file, std::string_view text, TabCut cut);

/// A JSON object a line. The keys of the first are the columns; strings, numbers, true and false
/// are cells.
Table read_jsonl(const std::string& file, std::string_view text);

}  // namespace keratin::cli
