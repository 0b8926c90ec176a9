// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/python_random.h"

#include <cstdint>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace keratin::random {
namespace {

// `random.seed(-7)`, then what stands in the comments, in CPython 3.11.
TEST(PythonRandom, IsPythons) {
  PythonRandom random(-7);
  EXPECT_EQ(random.uniform(), 0.32383276483316237);    // random.random()
  EXPECT_EQ(random.below(10), 2U);                     // random.randrange(10)
  EXPECT_EQ(random.below(1ULL << 40), 159121178576U);  // random.randrange(2**40)
  EXPECT_EQ(random.below(1ULL << 32), 404285457U);     // random.randrange(2**32)
  std::vector<int> items{0, 1, 2, 3, 4, 5, 6, 7};
  random.shuffle(items);  // random.shuffle(list(range(8)))
  EXPECT_EQ(items, (std::vector<int>{3, 2, 5, 6, 7, 1, 4, 0}));
  const std::vector<std::uint32_t> words = random.state();  // random.getstate()[1]
  ASSERT_EQ(words.size(), 625U);
  EXPECT_EQ(words[0], 2209797851U);
  EXPECT_EQ(words[624], 20U);
}

TEST(PythonRandom, GoesOnFromAState) {
  PythonRandom random(3);
  random.uniform();
  PythonRandom other(4);
  other.set_state(random.state());
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(random.uniform(), other.uniform());
  std::vector<std::uint32_t> words = random.state();
  words.back() = 625;
  EXPECT_THROW(other.set_state(words), std::invalid_argument);
  EXPECT_THROW(other.set_state({1, 2}), std::invalid_argument);
  EXPECT_EQ(random.uniform(), other.uniform());
}

}  // namespace
}  // namespace keratin::random
