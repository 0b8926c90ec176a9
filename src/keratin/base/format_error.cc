// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/format_error.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/base/utf8.h"

namespace keratin {
namespace {

std::string text_of(std::string_view format, const FormatError::Place& place,
                    std::string_view expected, std::string_view found) {
  std::string text = str("[", format, "] ", in_quotes(place.file));
  if (!place.member.empty()) text += str(" > ", in_quotes(place.member));
  text += str(", byte ", place.offset, ": expected ", expected, ".");
  // What another says, which was caught, ends as a sentence does.
  if (!found.empty()) text += str(" Found: ", found, found.ends_with('.') ? "" : ".");
  return bounded(std::move(text));
}

}  // namespace

FormatError::FormatError(std::string_view format, Place place, std::string expected,
                         std::string found)
    : std::runtime_error(text_of(format, place, expected, found)),
      place_(std::move(place)),
      expected_(std::move(expected)),
      found_(std::move(found)) {}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kLongest = 200;
  constexpr const char* kDigits = "0123456789abcdef";
  std::string valid;
  utf8::append_valid(valid, text.substr(0, kLongest));
  std::string out = "'";
  for (const char c : valid) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x20 || code == 0x7f) {
      out += {'\\', 'x', kDigits[code >> 4], kDigits[code & 15]};
    } else {
      out += c;
    }
  }
  return out + (text.size() > kLongest ? "...'" : "'");
}

}  // namespace keratin
