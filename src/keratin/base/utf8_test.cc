// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/utf8.h"

#include <utility>
#include <vector>

#include "support/golden.h"
#include <gtest/gtest.h>

namespace keratin::utf8 {
namespace {

std::string lower(std::string_view text) {
  std::string out;
  append_lower(out, text);
  return out;
}

std::string of(std::int64_t code) {
  std::string out;
  append(out, static_cast<char32_t>(code));
  return out;
}

bool ends_with_final_sigma(const std::string& text) { return lower(text).ends_with("ς"); }

TEST(Utf8, BrokenPartsAsPython) {
  const Config file = testing::golden("tokenizer");
  for (const Config& c : file.at("broken").as_list()) {
    std::string bytes;
    for (const Config& byte : c.at("bytes").as_list()) {
      bytes.push_back(static_cast<char>(byte.as_int()));
    }
    std::string valid;
    append_valid(valid, bytes);
    EXPECT_EQ(valid, c.at("text").as_string());
    EXPECT_EQ(lower(bytes), c.at("lower").as_string());
    EXPECT_FALSE(is_valid(bytes));
    EXPECT_TRUE(is_valid(valid));
  }
}

TEST(Utf8, EveryCodePointComesBack) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    const std::string text = of(c);
    const Decoded back = decode(text);
    ASSERT_TRUE(back.valid && back.code == c && back.length == text.size()) << std::uint32_t{c};
  }
  EXPECT_EQ(length("aé日😀\xFF"), 5u);
}

/// Every code point that Python's Unicode (14) knows: the tables of a newer one only add to it.
TEST(Utf8, LowersEveryCodePointAsPython) {
  const Config file = testing::golden("lower");
  std::vector<char32_t> wanted(0x110000);
  for (char32_t c = 0; c < wanted.size(); ++c) wanted[c] = c;
  for (const Config& run : file.at("runs").as_list()) {
    std::vector<std::int64_t> r;
    from_config(run, r);
    for (std::int64_t c = r[0]; c <= r[1]; c += r[2]) {
      wanted[static_cast<std::size_t>(c)] = static_cast<char32_t>(c + r[3]);
    }
  }
  wanted[0x3A3] = 0x3C3;
  int wrong = 0;
  for (const Config& range : file.at("assigned").as_list()) {
    for (std::int64_t c = range.as_list()[0].as_int(); c <= range.as_list()[1].as_int(); ++c) {
      if (c == 0x130 || (c >= 0xD800 && c < 0xE000)) continue;
      const std::string got = lower(of(c));
      wrong += got != of(wanted[static_cast<std::size_t>(c)]);
    }
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(lower("İ"), "i\u0307");
  EXPECT_EQ(file.at("longer"), Config(Config::List{"İ"}));
}

/// What may stand before a capital sigma, by every code point: letters, what is looked through,
/// others.
TEST(Utf8, FinalSigmaAsPython) {
  const Config file = testing::golden("lower");
  std::vector<char> kind(0x110000, 'o');
  const auto mark = [&](const char* name, char value) {
    for (const Config& range : file.at(name).as_list()) {
      for (std::int64_t c = range.as_list()[0].as_int(); c <= range.as_list()[1].as_int(); ++c) {
        kind[static_cast<std::size_t>(c)] = value;
      }
    }
  };
  mark("cased", 'c');
  mark("ignorable", 'i');
  std::string wrong;
  for (const Config& range : file.at("assigned").as_list()) {
    for (std::int64_t c = range.as_list()[0].as_int(); c <= range.as_list()[1].as_int(); ++c) {
      if (c == 0x130 || (c >= 0xD800 && c < 0xE000)) continue;
      const char wanted = kind[static_cast<std::size_t>(c)];
      const bool alone = ends_with_final_sigma(" " + of(c) + "Σ");
      const bool after_letter = ends_with_final_sigma("a" + of(c) + "Σ");
      const char got = alone ? 'c' : after_letter ? 'i' : 'o';
      // The other side of the sigma asks the same question.
      const bool before = !lower("aΣ" + of(c)).starts_with("aς");
      const bool before_letter = !lower("aΣ" + of(c) + "a").starts_with("aς");
      const char got_before = before ? 'c' : before_letter ? 'i' : 'o';
      if (got != wanted || got_before != wanted) wrong += " " + std::to_string(c);
    }
  }
  EXPECT_EQ(wrong, "");
}

TEST(Utf8, LowerTakesLinearTime) {
  std::string text;
  for (int i = 0; i < 200000; ++i) text += "Σ'";
  EXPECT_EQ(lower(text).size(), text.size());
  EXPECT_EQ(lower(std::string(400000, '\'') + "Σ").size(), 400002u);
}

}  // namespace
}  // namespace keratin::utf8
