// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/text_form.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "keratin/cli/token_counts.h"

namespace keratin::cli {
namespace {

/// Every token of the cutter, looked up in a map: what the encoder's shorter ways must give.
std::vector<std::int32_t> by_tokens(std::string_view text, const TokenOptions& options,
                                    const std::vector<std::string_view>& known) {
  std::map<std::string_view, std::int32_t> ids;
  for (std::size_t i = 0; i < known.size(); ++i)
    ids.emplace(known[i], static_cast<std::int32_t>(i) + 2);
  std::vector<std::int32_t> found;
  TokenCutter::Buffers buffers;
  TokenCutter cutter(options);
  cutter(text, buffers, [&](std::string_view token) {
    const auto at = ids.find(token);
    found.push_back(at == ids.end() ? TextEncoder::kUnknownId : at->second);
  });
  if (found.empty()) found.push_back(TextEncoder::kUnknownId);
  return found;
}

TEST(TextForm, TheShortWaysGiveWhatLookingUpEachTokenGives) {
  const std::vector<std::string> texts = {"",
                                          "the cat sat on the mat",
                                          "the the the the",
                                          "caf\xC3\xA9 au lait, s'il vous pla\xC3\xAEt",
                                          "incomprehensibilities of x",
                                          "a\tb \xFF c",
                                          "unknown words cat mat"};
  for (const Unit unit : {Unit::kPunctuated, Unit::kWord, Unit::kCharacter}) {
    for (const int ngrams : {1, 2, 3}) {
      for (const int subwords : {0, 1, 3, 5, 16}) {
        const TokenOptions options{
            .unit = unit, .lower = ngrams == 2, .subwords = subwords, .ngrams = ngrams};
        // Every second token of the first texts is known: also pairs whose parts are not.
        std::set<std::string> tokens;
        TokenCutter::Buffers buffers;
        TokenCutter cutter(options);
        for (std::size_t i = 0; i + 1 < texts.size(); ++i)
          cutter(texts[i], buffers, [&](std::string_view token) { tokens.emplace(token); });
        for (const bool all : {true, false}) {
          std::vector<std::string_view> known;
          bool is_kept = false;
          for (const std::string& token : tokens) {
            is_kept = all || !is_kept;
            if (is_kept) known.push_back(token);
          }
          const TextEncoder encoder(options, known);
          TextEncoder::Buffers memory;
          for (const std::string& text : texts) {
            const auto expected = by_tokens(text, options, known);
            encoder(text, memory);
            EXPECT_EQ(memory.ids, expected) << text;
            EXPECT_EQ(TextEncoder::known(memory.ids),
                      expected.size() - static_cast<std::size_t>(
                                            std::ranges::count(expected, TextEncoder::kUnknownId)));
          }
        }
      }
    }
  }
}

TEST(TextForm, WhatIsLearnedIsWhatTheEncoderGivesLater) {
  const std::vector<std::string> texts = {"the cat sat, the cat sat",
                                          "a\x1F"
                                          "b unknownwords the",
                                          "", "\xC3\xA9t\xC3\xA9 the cat sat on unknownwords"};
  for (const Unit unit : {Unit::kPunctuated, Unit::kWord, Unit::kCharacter}) {
    for (const int subwords : {0, 3}) {
      for (const int ngrams : {1, 2, 3}) {
        for (const std::size_t most : {std::size_t{4}, std::size_t{1000}}) {
          const TokenOptions options = {.unit = unit, .subwords = subwords, .ngrams = ngrams};
          TokenCounts counts(options);
          for (const std::string& text : texts) counts.add(text);
          std::vector<std::uint32_t> order = counts.by_count();
          ASSERT_EQ(order.size(), counts.size());
          order.resize(std::min(order.size(), most));
          std::vector<std::string> tokens;
          std::vector<std::int32_t> ids(counts.size(), TextEncoder::kUnknownId);
          for (const std::uint32_t number : order) {
            ids[number] = TextEncoder::kFirstKnown + static_cast<std::int32_t>(tokens.size());
            counts.append_token(tokens.emplace_back(), number);
          }
          const TextEncoder encoder(options, {tokens.begin(), tokens.end()});
          EXPECT_EQ(encoder.num_ids(), std::ssize(tokens) + 2);
          TextEncoder::Buffers memory;
          for (std::size_t i = 0; i < texts.size(); ++i) {
            std::vector<std::int32_t> learned;
            for (const std::int32_t number : counts.texts()[i])
              learned.push_back(ids[static_cast<std::size_t>(number)]);
            if (learned.empty()) learned.push_back(TextEncoder::kUnknownId);
            encoder(texts[i], memory);
            EXPECT_EQ(memory.ids, learned) << texts[i];
          }
        }
      }
    }
  }
}

TEST(TextForm, TheCommonestTokenIsTheFirst) {
  TokenCounts counts({.subwords = 0, .ngrams = 2});
  counts.add("b a c c a b a");
  std::string tokens;
  for (const std::uint32_t number : counts.by_count())
    (counts.append_token(tokens, number), tokens += '|');
  // a 3; b and c 2, as they came; the pairs once each, but for none that comes twice.
  EXPECT_EQ(tokens, "a|b|c|b a|a c|c c|c a|a b|");
}

TEST(TextForm, KeysAreThoseOfTheirTexts) {
  using namespace std::string_view_literals;
  const std::vector<std::string_view> texts = {"",        "a",       "b",       "\0"sv,    "a\0"sv,
                                               "ab",      "ba",      "abc",     "acb",     "abcd",
                                               "bacd",    "abcde",   "abcdf",   "abcdef",  "abdcef",
                                               "abcdefg", "bbcdefg", "abcdeff", "abcd\0"sv};
  std::set<std::uint64_t> keys;
  for (const std::string_view text : texts) keys.insert(key_of(text).value());
  EXPECT_EQ(keys.size(), texts.size());
  EXPECT_EQ(key_of("abcdefgh"), std::nullopt);
}

}  // namespace
}  // namespace keratin::cli
