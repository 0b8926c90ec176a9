// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/number_array.h"

#include <charconv>
#include <cstdlib>
#include <limits>
#include <string>

#include "keratin/base/config.h"

namespace keratin {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes the digits at the front away; whether there were any.
bool take_digits(std::string_view& text) {
  const std::size_t before = text.size();
  while (!text.empty() && is_digit(text.front())) text.remove_prefix(1);
  return text.size() < before;
}

/// What JSON's grammar calls a number: no plus, no zero in front, a digit on both sides of the dot.
bool is_number(std::string_view text, bool& is_integer) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.size() > 1 && text[0] == '0' && is_digit(text[1])) return false;
  if (!take_digits(text)) return false;
  is_integer = text.empty();
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!take_digits(text)) return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    if (!take_digits(text)) return false;
  }
  return text.empty();
}

}  // namespace

Config json_number(std::string_view token) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (token == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (token == "Infinity") return kInfinity;
  if (token == "-Infinity") return -kInfinity;
  bool is_integer = false;
  if (!is_number(token, is_integer)) return {};
  const char* const end = token.data() + token.size();
  std::int64_t whole = 0;
  if (is_integer && token != "-0" && std::from_chars(token.data(), end, whole).ec == std::errc())
    return whole;
  double value = 0;
  if (std::from_chars(token.data(), end, value).ec == std::errc()) return value;
  // Too large, or too small: only strtod says which, and gives what is nearest to the latter.
  value = std::strtod(std::string(token).c_str(), nullptr);
  return value == kInfinity || value == -kInfinity ? Config() : Config(value);
}

std::size_t NumberArray::size() const {
  std::size_t count = 1;
  for (const std::int64_t dim : shape) count *= static_cast<std::size_t>(dim);
  return count;
}

}  // namespace keratin
