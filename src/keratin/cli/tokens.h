// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "keratin/utils/tokenizer.h"

namespace keratin::cli {

enum class Unit {
  kPunctuated,  // words, and every punctuation character by itself
  kWord,        // what lies between the characters of `filters`
  kCharacter,
};

struct TokenOptions {
  Unit unit = Unit::kPunctuated;
  std::string filters = utils::kDefaultFilters;
  bool lower = false;
  /// Not 0: also every run of so many characters of a word, with a mark at its ends: what a word
  /// shares with others, also one that is not known (fastText, arXiv:1607.04606). Not with
  /// kCharacter.
  int subwords = 3;
  int ngrams = 1;  // 2: also every two neighbours as one token, and so on. Keras: TextVectorization
};

/// Stands between the tokens of separated(): the Tokenizer's `split`.
inline constexpr std::string_view kTokenSeparator = "\x1F";

/// The tokens of a text, each followed by kTokenSeparator; first all single ones, then the pairs,
/// ... The parts of an n-gram of words have a space between them. From 2 on, n-grams of characters
/// see where the text begins and ends.
std::string separated_tokens(std::string_view text, const TokenOptions& options);

}  // namespace keratin::cli
