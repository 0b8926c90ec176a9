// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace keratin::cli {

/// Without the blanks and line ends of ASCII around it.
std::string_view trimmed(std::string_view text);
bool is_blank(std::string_view text);

/// Calls f(line, offset) for each line that is not empty, without its line end.
template <class F>
void for_lines(std::string_view text, F&& f) {
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = text.find('\n', begin);
    if (end == text.npos) end = text.size();
    std::string_view line = text.substr(begin, end - begin);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (!line.empty()) f(line, begin);
    begin = end + 1;
  }
}

}  // namespace keratin::cli
