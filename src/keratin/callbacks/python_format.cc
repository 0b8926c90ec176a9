// SPDX-License-Identifier: Apache-2.0
#include "keratin/callbacks/python_format.h"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <optional>

#include "keratin/base/error.h"

namespace keratin::callbacks {
namespace {

constexpr std::size_t kWidest = 1000;  // of a number: what is wider is no name of a file

struct Spec {
  std::string_view whole;
  std::string fill = " ";
  char align = '>';
  char sign = '-';
  std::size_t width = 0;
  std::optional<int> precision = {};
  char type = 0;

  [[noreturn]] void refuse() const {
    invalid_argument("ModelCheckpoint", "a number cannot be written by the format '", whole, "'.");
  }
};

bool is_one_of(std::string_view text, std::size_t at, std::string_view these) {
  return at < text.size() && these.find(text[at]) != std::string_view::npos;
}

/// Bytes of the UTF-8 character that begins there.
std::size_t bytes_of_character(std::string_view text) {
  std::size_t count = 1;
  while (count < text.size() && (static_cast<unsigned char>(text[count]) & 0xC0U) == 0x80U) ++count;
  return count;
}

std::size_t taken_number(std::string_view& rest, const Spec& spec) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (error != std::errc() || number > kWidest) spec.refuse();
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  return number;
}

Spec spec_from(std::string_view text) {
  Spec spec{.whole = text};
  std::string_view rest = text;
  const std::size_t first = rest.empty() ? 0 : bytes_of_character(rest);
  if (is_one_of(rest, first, "<>^=")) {
    spec.fill = rest.substr(0, first);
    spec.align = rest[first];
    rest.remove_prefix(first + 1);
  } else if (is_one_of(rest, 0, "<>^=")) {
    spec.align = rest[0];
    rest.remove_prefix(1);
  }
  if (is_one_of(rest, 0, "+- ")) {
    spec.sign = rest[0];
    rest.remove_prefix(1);
  }
  if (is_one_of(rest, 0, "0")) {
    if (spec.fill == " " && spec.align == '>') {
      spec.fill = "0";
      spec.align = '=';
    }
    rest.remove_prefix(1);
  }
  if (is_one_of(rest, 0, "123456789")) spec.width = taken_number(rest, spec);
  if (is_one_of(rest, 0, ".")) {
    rest.remove_prefix(1);
    spec.precision = static_cast<int>(taken_number(rest, spec));
  }
  if (rest.size() > 1) spec.refuse();
  if (!rest.empty()) spec.type = rest[0];
  return spec;
}

std::string padded(const Spec& spec, bool is_negative, const std::string& digits) {
  std::string sign;
  if (is_negative) {
    sign = "-";
  } else if (spec.sign != '-') {
    sign = std::string(1, spec.sign);
  }
  const std::size_t size = sign.size() + digits.size();
  const std::size_t missing = spec.width > size ? spec.width - size : 0;
  const auto filled = [&](std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += spec.fill;
    return text;
  };
  switch (spec.align) {
    case '<':
      return sign + digits + filled(missing);
    case '^':
      return filled(missing / 2) + sign + digits + filled(missing - missing / 2);
    case '=':
      return sign + filled(missing) + digits;
    default:
      return filled(missing) + sign + digits;
  }
}

std::string written(double value, std::chars_format format, int precision) {
  std::string text(400 + static_cast<std::size_t>(precision), ' ');
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, format, precision).ptr;
  text.resize(static_cast<std::size_t>(end - text.data()));
  return text;
}

/// Python: a float without a type, with a precision: as g, but 100.0 in place of 100.
std::string general_with_point(double value, int precision) {
  const std::string exponential = written(value, std::chars_format::scientific, precision - 1);
  const std::size_t e = exponential.find('e');
  int exponent = 0;
  const char* const digits = exponential.data() + e + 1;
  std::from_chars(*digits == '+' ? digits + 1 : digits, exponential.data() + exponential.size(),
                  exponent);
  const bool is_plain = exponent + 1 > -4 && exponent + 1 <= precision - 1;
  std::string text = is_plain ? written(value, std::chars_format::fixed, precision - 1 - exponent)
                              : exponential.substr(0, e);
  if (text.find('.') != std::string::npos) {
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
  }
  if (is_plain) return text.find('.') == std::string::npos ? text + ".0" : text;
  return text + exponential.substr(e);
}

std::string digits_of(double value, const Spec& spec) {
  const int precision = spec.precision.value_or(6);
  switch (spec.type) {
    case 'f':
    case 'F':
      return written(value, std::chars_format::fixed, precision);
    case 'e':
    case 'E':
      return written(value, std::chars_format::scientific, precision);
    case 'g':
    case 'G':
      return written(value, std::chars_format::general, precision == 0 ? 1 : precision);
    case '%':
      return written(value * 100, std::chars_format::fixed, precision);
    case 0:
      if (!spec.precision) return python_text(value);
      return general_with_point(value, precision == 0 ? 1 : precision);
    default:
      spec.refuse();
  }
}

}  // namespace

std::string python_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  char buffer[64];
  const double size = std::fabs(value);
  const bool is_plain = size == 0 || (size >= 1e-4 && size < 1e16);
  const auto format = is_plain ? std::chars_format::fixed : std::chars_format::scientific;
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, format).ptr;
  std::string text(buffer, end);
  if (is_plain && text.find('.') == std::string::npos) text += ".0";
  return text;
}

std::string python_format(double value, std::string_view text) {
  const Spec spec = spec_from(text);
  std::string digits = std::isnan(value)   ? "nan"
                       : std::isinf(value) ? "inf"
                                           : digits_of(std::fabs(value), spec);
  if (spec.type == 'F' || spec.type == 'E' || spec.type == 'G') {
    for (char& c : digits) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
  }
  if (spec.type == '%') digits += '%';
  return padded(spec, std::signbit(value) && !std::isnan(value), digits);
}

std::string python_format(std::int64_t value, std::string_view text) {
  const Spec spec = spec_from(text);
  if (spec.type != 0 && spec.type != 'd') return python_format(static_cast<double>(value), text);
  if (spec.precision) spec.refuse();
  const std::string digits = std::to_string(value);
  return padded(spec, value < 0, value < 0 ? digits.substr(1) : digits);
}

}  // namespace keratin::callbacks
