// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/error.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace keratin {
namespace error_detail {

namespace {
template <class T>
void append_number(std::string& out, T value) {
  char digits[40];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}
}  // namespace

void append(std::string& out, std::string_view text) { out.append(text); }
void append(std::string& out, bool value) { out.append(value ? "true" : "false"); }
void append(std::string& out, double value) { append_number(out, value); }
void append_integer(std::string& out, std::int64_t value) { append_number(out, value); }
void append_unsigned(std::string& out, std::uint64_t value) { append_number(out, value); }

}  // namespace error_detail

std::string bounded(std::string message) {
  if (message.size() <= kLongestMessage) return message;
  const auto inside = [&](std::size_t at) {  // in the middle of a character of UTF-8
    return at < message.size() && (static_cast<unsigned char>(message[at]) & 0xC0U) == 0x80;
  };
  constexpr std::size_t kEnd = 400, kNote = 60;
  std::size_t head = kLongestMessage - kEnd - kNote;
  for (int i = 0; i < 3 && inside(head); ++i) --head;
  std::size_t tail = message.size() - kEnd;
  for (int i = 0; i < 3 && inside(tail); ++i) ++tail;
  const std::string note = str(" ... (", tail - head, " bytes left out) ... ");
  return message.substr(0, head) + note + message.substr(tail);
}

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Levenshtein's distance, letters compared without case.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string did_you_mean(std::string_view name, std::span<const std::string_view> known) {
  constexpr std::size_t kLongestName = 64;  // a longer one is no typing error, and would cost time
  if (name.size() > kLongestName) return {};
  std::size_t best = name.size() / 3 + 1;
  std::string_view nearest;
  for (std::string_view candidate : known) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance <= best && (nearest.empty() || distance < best)) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest.empty() ? std::string() : str(" Did you mean '", nearest, "'?");
}

void unknown_name(std::string_view who, std::string_view what, std::string_view name,
                  std::span<const std::string_view> known) {
  std::string list;
  for (std::string_view candidate : known) list += str(list.empty() ? "" : ", ", candidate);
  invalid_argument(who, "unknown ", what, ": '", name.substr(0, 200), "'.",
                   did_you_mean(name, known), " Known: ", list, ".");
}

}  // namespace keratin
