// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/tokens.h"

#include <vector>

#include <gtest/gtest.h>

namespace keratin::cli {
namespace {

std::string shown(std::string_view text, const TokenOptions& options) {
  TokenCutter::Buffers buffers;
  std::string out;
  const TokenCutter cutter(options);
  cutter(text, buffers, [&](std::string_view token) { (out += token) += '|'; });
  for (char& c : out) c = c == '\x02' ? '<' : c == '\x03' ? '>' : c;
  return out;
}

TEST(Tokens, Words) {
  EXPECT_EQ(shown("The cat, the", {.unit = Unit::kWord, .lower = true, .subwords = 0}),
            "the|cat|the|");
  EXPECT_EQ(shown("a b c", {.unit = Unit::kWord, .subwords = 0, .ngrams = 3}),
            "a|b|c|a b|b c|a b c|");
}

TEST(Tokens, PunctuationMarks) {
  EXPECT_EQ(shown(" x+=f_1(é);", {.subwords = 0}), "x|+|=|f_1|(|é|)|;|");
}

TEST(Tokens, PiecesOfWords) {
  EXPECT_EQ(shown("né abc", {.subwords = 3}), "né|abc|<né|né>|<ab|abc|bc>|");
  EXPECT_EQ(shown("a", {.subwords = 3}), "a|");  // the only piece is the word
}

TEST(Tokens, Characters) {
  EXPECT_EQ(shown("né", {.unit = Unit::kCharacter}), "n|é|");
  EXPECT_EQ(shown("né", {.unit = Unit::kCharacter, .ngrams = 2}), "<|n|é|>|<n|né|é>|");
}

TEST(Tokens, WhatSeparatesIsNoToken) {
  for (const Unit unit : {Unit::kPunctuated, Unit::kCharacter}) {
    EXPECT_EQ(shown("a\x1F"
                    "b",
                    {.unit = unit, .subwords = 0}),
              "a|b|");
  }
  EXPECT_EQ(shown("", {}), "");
}

}  // namespace
}  // namespace keratin::cli
