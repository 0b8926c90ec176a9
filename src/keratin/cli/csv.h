// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keratin::cli {

/// Reads comma-separated values as RFC 4180 has them, or with another separator than the comma:
/// fields may be quoted, a quoted field may hold separators, line ends and "" for a quote; lines
/// end with LF or CRLF. Lines without any character are passed over.
class CsvReader {
 public:
  struct Field {
    std::string text;
    std::size_t offset;  // where it begins in the file
  };

  /// `file` is for messages; `text` must outlive the reader.
  CsvReader(std::string file, std::string_view text, char separator = ',')
      : file_(std::move(file)), text_(text), separator_(separator) {}

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
  char separator_;
  std::size_t at_ = 0;
};

/// The separator with which the first records have equally many fields, two or more: ',', ';', a
/// tab or '|', in this order; ',' where none does.
char separator_of(std::string_view text);

}  // namespace keratin::cli
