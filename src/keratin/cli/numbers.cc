// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/numbers.h"

#include <charconv>
#include <cmath>
#include <system_error>

namespace keratin::cli {
namespace {

template <class T>
std::optional<T> number(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  T value{};
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::int64_t> whole_number(std::string_view text) {
  return number<std::int64_t>(text);
}

std::optional<double> real_number(std::string_view text) {
  const auto value = number<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

}  // namespace keratin::cli
