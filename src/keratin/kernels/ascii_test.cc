// SPDX-License-Identifier: Apache-2.0
#include "keratin/kernels/ascii.h"

#include <cctype>
#include <random>
#include <string>
#include <vector>

#include "support/every_target.h"
#include <gtest/gtest.h>

namespace keratin::kernels {
namespace {

/// By the C locale's functions, a byte at a time; those of 128 and more are nothing.
void expect_marks(const std::string& text, bool lowers) {
  const std::size_t blocks = text.size() / kMarked + 1;
  std::string to(blocks * kMarked, '?');
  std::vector<std::uint64_t> spaces(blocks), signs(blocks);
  ascii_marks(text.data(), text.size(), lowers, to.data(), spaces.data(), signs.data());
  const std::size_t known = (text.size() + kMarked - 1) / kMarked * kMarked;
  for (std::size_t i = 0; i < known; ++i) {
    const int c = i < text.size() ? static_cast<unsigned char>(text[i]) : ' ';
    const bool space = ((spaces[i / kMarked] >> (i % kMarked)) & 1) != 0;
    const bool sign = ((signs[i / kMarked] >> (i % kMarked)) & 1) != 0;
    ASSERT_EQ(space, c < 128 && std::isspace(c) != 0) << c;
    ASSERT_EQ(sign, c < 128 && std::ispunct(c) != 0) << c;
    if (i >= text.size()) continue;
    ASSERT_EQ(static_cast<unsigned char>(to[i]), lowers && c < 128 ? std::tolower(c) : c) << c;
  }
}

TEST(AsciiMarks, OfEveryByteAtEveryPlace) {
  testing::on_every_target([] {
    std::mt19937 dice(3);
    std::string all;
    for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
    for (const bool lowers : {false, true}) {
      for (std::size_t size = 0; size <= all.size(); ++size)
        expect_marks(all.substr(0, size), lowers);
      for (int k = 0; k < 200; ++k) {
        std::string text(dice() % 200, ' ');
        for (char& c : text) c = static_cast<char>(dice() % 256);
        expect_marks(text, lowers);
      }
    }
  });
}

}  // namespace
}  // namespace keratin::kernels
