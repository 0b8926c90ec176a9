// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/csv.h"

#include <algorithm>

#include "keratin/base/error.h"
#include "keratin/cli/failure.h"

namespace keratin::cli {

bool CsvReader::at_line_end() const {
  return at_ == text_.size() || text_[at_] == '\n' || text_.substr(at_, 2) == "\r\n" ||
         text_.substr(at_) == "\r";
}

void CsvReader::skip_line_end() {
  if (at_ < text_.size() && text_[at_] == '\r') ++at_;
  if (at_ < text_.size() && text_[at_] == '\n') ++at_;
}

bool CsvReader::next(std::vector<Field>& record) {
  record.clear();
  while (at_ < text_.size() && at_line_end()) skip_line_end();
  if (at_ == text_.size()) return false;
  for (;;) {
    record.push_back(at_ < text_.size() && text_[at_] == '"' ? quoted_field() : plain_field());
    if (at_line_end()) break;
    ++at_;  // the separator
  }
  skip_line_end();
  return true;
}

CsvReader::Field CsvReader::plain_field() {
  Field field{{}, at_};
  while (!at_line_end() && text_[at_] != separator_) ++at_;
  field.text = text_.substr(field.offset, at_ - field.offset);
  return field;
}

CsvReader::Field CsvReader::quoted_field() {
  Field field{{}, at_};
  ++at_;
  for (;;) {
    const std::size_t quote = text_.find('"', at_);
    if (quote == std::string_view::npos) {
      throw InputError(file_, text_, field.offset, "this quote is never closed");
    }
    field.text += text_.substr(at_, quote - at_);
    at_ = quote + 1;
    if (at_ == text_.size() || text_[at_] != '"') break;
    field.text += '"';
    ++at_;
  }
  if (!at_line_end() && text_[at_] != separator_) {
    throw InputError(file_, text_, at_,
                     str("text goes on after the closing quote; expected '",
                         std::string(1, separator_), "' or the end of the line"));
  }
  return field;
}

char separator_of(std::string_view text) {
  constexpr int kLooked = 50;
  for (const char separator : {',', ';', '\t', '|'}) {
    CsvReader reader("", text, separator);
    std::vector<CsvReader::Field> record;
    std::size_t fields = 0;
    bool is_even = true;
    try {
      for (int i = 0; is_even && i < kLooked && reader.next(record); ++i) {
        if (i == 0) fields = record.size();
        is_even = record.size() == fields;
      }
    } catch (const InputError&) {
      is_even = false;
    }
    if (is_even && fields >= 2) return separator;
  }
  return ',';
}

}  // namespace keratin::cli
