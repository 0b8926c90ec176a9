// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace keratin::cli {

/// Reads comma-separated values as RFC 4180 has them: fields may be quoted, a quoted field may hold
/// commas, line ends and "" for a quote; lines end with LF or CRLF. Lines without any character are
/// passed over.
class CsvReader {
 public:
  struct Field {
    std::string text;
    std::size_t offset;  // where it begins in the file
  };

  /// `file` is for messages; `text` must outlive the reader.
  CsvReader(std::string file, std::string_view text) : file_(std::move(file)), text_(text) {}

  /// The next record; false at the end. Throws InputError for a quote that does not close and for
  /// text that goes on after a closing quote.
  bool next(std::vector<Field>& record);

 private:
  bool at_line_end() const;
  void skip_line_end();
  Field quoted_field();
  Field plain_field();

  std::string file_;
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace keratin::cli
