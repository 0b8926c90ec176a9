// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/tokens.h"

#include <algorithm>
#include <array>

#include "keratin/base/error.h"
#include "keratin/base/utf8.h"

namespace keratin::cli {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
std::size_t index_of(char c) { return static_cast<unsigned char>(c); }

/// Letters, digits, '_' and everything that is not ASCII.
constexpr std::array<bool, 256> kNamePart = [] {
  std::array<bool, 256> is_part{};
  for (std::size_t c = 0; c < is_part.size(); ++c) {
    is_part[c] = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 c == '_' || c >= 0x80;
  }
  return is_part;
}();

void cut_punctuated(std::string_view text, std::vector<std::string_view>& tokens) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t begin = i++;
    if (is_space(text[begin]) || text[begin] == kTokenSeparator[0]) continue;
    if (kNamePart[index_of(text[begin])]) {
      while (i < text.size() && kNamePart[index_of(text[i])]) ++i;
    }
    tokens.push_back(text.substr(begin, i - begin));
  }
}

constexpr std::array<std::string_view, 3> kUnits = {"punctuated", "words", "characters"};

}  // namespace

std::string_view name_of(Unit unit) { return kUnits.at(static_cast<std::size_t>(unit)); }

Unit unit_named(std::string_view name) {
  const auto found = std::ranges::find(kUnits, name);
  if (found == kUnits.end()) unknown_name("tokens", "unit", name, kUnits);
  return static_cast<Unit>(found - kUnits.begin());
}

TokenCutter::TokenCutter(const TokenOptions& options)
    : unit_(options.unit),
      splitter_(options.filters, options.lower, " "),
      ngrams_(static_cast<std::size_t>(options.ngrams)),
      piece_(options.unit == Unit::kCharacter ? 0 : static_cast<std::size_t>(options.subwords)) {
  if (piece_ > kMostCharacters)
    invalid_argument("tokens", "subwords must be ", kMostCharacters,
                     " at most. Received: ", piece_);
}

const std::vector<std::string_view>& TokenCutter::singles(std::string_view text,
                                                          Buffers& buffers) const {
  std::vector<std::string_view>& tokens = buffers.tokens;
  tokens.clear();
  if (unit_ == Unit::kPunctuated) {
    cut_punctuated(splitter_.normalized(text, buffers.splitter.text), tokens);
  } else if (unit_ == Unit::kWord) {
    tokens = splitter_.words(text, buffers.splitter);
  } else {
    if (ngrams_ > 1) tokens.push_back(kBegin);
    for (const std::string_view c : splitter_.characters(text, buffers.splitter)) {
      if (c != kTokenSeparator) tokens.push_back(c);
    }
    if (ngrams_ > 1) tokens.push_back(kEnd);
  }
  return tokens;
}

std::string_view TokenCutter::ngram(Buffers& buffers, std::size_t first, std::size_t n) const {
  buffers.joined.clear();
  for (std::size_t i = first; i < first + n; ++i) {
    if (i > first && unit_ != Unit::kCharacter) buffers.joined += ' ';
    buffers.joined += buffers.tokens[i];
  }
  return buffers.joined;
}

void TokenCutter::find_starts(std::string_view word, std::vector<std::size_t>& starts) {
  starts.clear();
  for (std::size_t at = 0; at < word.size();) {
    starts.push_back(at);
    at += index_of(word[at]) < 0x80 ? 1 : utf8::decode(word.substr(at)).length;
  }
  starts.push_back(word.size());
}

}  // namespace keratin::cli
