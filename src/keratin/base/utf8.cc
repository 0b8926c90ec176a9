// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/utf8.h"

#include <algorithm>
#include <iterator>

#include <utf8proc.h>

namespace keratin::utf8 {
namespace {

constexpr char32_t kCapitalSigma = 0x3A3;
constexpr char32_t kFinalSigma = 0x3C2;
constexpr char32_t kSigma = 0x3C3;
constexpr char32_t kCapitalIWithDot = 0x130;
constexpr char32_t kCombiningDotAbove = 0x307;

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// The range of the second byte after `first`: it is what excludes overlong forms, surrogates and
/// numbers above U+10FFFF (The Unicode Standard, table 3-7). length 0: no first byte.
struct Lead {
  std::size_t length;
  unsigned char low, high;
};
Lead lead_of(unsigned char first) {
  if (first < 0xC2) return {0, 0, 0};
  if (first < 0xE0) return {2, 0x80, 0xBF};
  if (first == 0xE0) return {3, 0xA0, 0xBF};
  if (first == 0xED) return {3, 0x80, 0x9F};
  if (first < 0xF0) return {3, 0x80, 0xBF};
  if (first == 0xF0) return {4, 0x90, 0xBF};
  if (first < 0xF4) return {4, 0x80, 0xBF};
  if (first == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

/// Unicode's Case_Ignorable: what may stand between a sigma and the letters of its word.
bool is_case_ignorable(char32_t c) {
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK:
      return true;
    default:
      break;
  }
  // Word_Break = MidLetter, MidNumLet and Single_Quote.
  constexpr char32_t kInsideWords[] = {0x27,   0x2E,   0x3A,   0xB7,   0x387,  0x55F,
                                       0x5F4,  0x2018, 0x2019, 0x2024, 0x2027, 0xFE13,
                                       0xFE52, 0xFE55, 0xFF07, 0xFF0E, 0xFF1A};
  return std::binary_search(std::begin(kInsideWords), std::end(kInsideWords), c);
}

/// Unicode's Cased, of a code point that is not case-ignorable.
bool is_cased(char32_t c) {
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
      return true;
    default:
      break;
  }
  // Other_Lowercase and Other_Uppercase: ordinal indicators, Roman numerals, letters in circles.
  const auto in = [c](char32_t first, char32_t last) { return c >= first && c <= last; };
  return c == 0xAA || c == 0xBA || in(0x2160, 0x217F) || in(0x24B6, 0x24E9) ||
         in(0x1F130, 0x1F149) || in(0x1F150, 0x1F169) || in(0x1F170, 0x1F189);
}

/// Whether the last code point of `before` that is not case-ignorable is cased.
bool ends_cased(std::string_view before) {
  std::size_t end = before.size();
  while (end > 0) {
    std::size_t begin = end - 1;
    while (begin > 0 && is_continuation(before[begin])) --begin;
    const char32_t c = decode(before.substr(begin, end - begin)).code;
    if (!is_case_ignorable(c)) return is_cased(c);
    end = begin;
  }
  return false;
}

bool begins_cased(std::string_view after) {
  while (!after.empty()) {
    const Decoded next = decode(after);
    if (!is_case_ignorable(next.code)) return is_cased(next.code);
    after.remove_prefix(next.length);
  }
  return false;
}

}  // namespace

Decoded decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1, true};
  const Lead lead = lead_of(first);
  if (lead.length == 0) return {kReplacement, 1, false};
  char32_t code = first & (0x7Fu >> lead.length);
  for (std::size_t i = 1; i < lead.length; ++i) {
    const unsigned char low = i == 1 ? lead.low : 0x80;
    const unsigned char high = i == 1 ? lead.high : 0xBF;
    if (i >= text.size() || byte(i) < low || byte(i) > high) return {kReplacement, i, false};
    code = (code << 6) | (byte(i) & 0x3Fu);
  }
  return {code, lead.length, true};
}

void append(std::string& out, char32_t code) {
  const auto put = [&](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  const auto rest = [&](int shift) { put(0x80 | ((code >> shift) & 0x3F)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6)), rest(0);
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12)), rest(6), rest(0);
  } else {
    put(0xF0 | (code >> 18)), rest(12), rest(6), rest(0);
  }
}

bool is_valid(std::string_view text) {
  while (!text.empty()) {
    const Decoded next = decode(text);
    if (!next.valid) return false;
    text.remove_prefix(next.length);
  }
  return true;
}

void append_valid(std::string& out, std::string_view text) {
  std::size_t copied = 0;
  std::size_t i = 0;
  while (i < text.size()) {
    if (is_ascii(text[i])) {
      ++i;
      continue;
    }
    const Decoded next = decode(text.substr(i));
    if (!next.valid) {
      out.append(text, copied, i - copied);
      append(out, kReplacement);
      copied = i + next.length;
    }
    i += next.length;
  }
  out.append(text, copied);
}

void append_lower(std::string& out, std::string_view text) {
  const std::size_t start = out.size();
  std::size_t i = 0;
  while (i < text.size()) {
    std::size_t run = i;
    while (run < text.size() && is_ascii(text[run])) ++run;
    const std::size_t at = out.size();
    out.append(text, i, run - i);
    for (char* c = out.data() + at; c != out.data() + out.size(); ++c) {
      *c = static_cast<char>(*c | ((*c >= 'A' && *c <= 'Z') ? 0x20 : 0));
    }
    i = run;
    if (i == text.size()) break;
    const Decoded next = decode(text.substr(i));
    i += next.length;
    if (next.code == kCapitalSigma) {
      const bool is_final =
          ends_cased(std::string_view(out).substr(start)) && !begins_cased(text.substr(i));
      append(out, is_final ? kFinalSigma : kSigma);
    } else if (next.code == kCapitalIWithDot) {
      append(out, U'i');
      append(out, kCombiningDotAbove);
    } else {
      const utf8proc_int32_t lower = utf8proc_tolower(static_cast<utf8proc_int32_t>(next.code));
      append(out, static_cast<char32_t>(lower));
    }
  }
}

std::size_t length(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(decode(text).length);
  return count;
}

}  // namespace keratin::utf8
