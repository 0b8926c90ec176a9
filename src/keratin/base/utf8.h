// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Text as Python's `str` sees it, kept as UTF-8. Whatever is no UTF-8 counts as U+FFFD, one for
/// each maximal broken part, as Python's decode(errors="replace") has it.
namespace keratin::utf8 {

inline constexpr char32_t kReplacement = 0xFFFD;

struct Decoded {
  char32_t code;       // kReplacement where the bytes are broken
  std::size_t length;  // bytes that were read, 1 to 4
  bool valid;
};

/// The first code point of `text`, which must not be empty.
Decoded decode(std::string_view text);

/// Appends the UTF-8 of `code`, which must be a Unicode scalar value.
void append(std::string& out, char32_t code);

bool is_valid(std::string_view text);

/// Appends `text` with its broken parts replaced.
void append_valid(std::string& out, std::string_view text);

/// Appends `text.lower()` of Python: the full mapping, so that U+0130 becomes two code points and
/// a capital sigma at the end of a word the final one. Newer or older letters than this machine's
/// utf8proc knows stay as they are.
void append_lower(std::string& out, std::string_view text);

/// The number of code points.
std::size_t length(std::string_view text);

}  // namespace keratin::utf8
