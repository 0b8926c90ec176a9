// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/seed.h"

#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace keratin::random {
namespace {

// `random.seed(42); [random.randint(1, 10**9) for _ in range(5)]` in CPython 3.11.
TEST(Seed, IsPythonsSequence) {
  set_random_seed(42);
  for (const std::int64_t wanted : {686579304, 119540832, 26855093, 796233791, 295310486}) {
    EXPECT_EQ(make_default_seed(), wanted);
  }
}

TEST(Seed, ThreadsShareOneSequence) {
  constexpr int kThreads = 4;
  constexpr int kDraws = 500;
  set_random_seed(7);
  std::multiset<std::int64_t> alone;
  for (int i = 0; i < kThreads * kDraws; ++i) alone.insert(make_default_seed());

  set_random_seed(7);
  std::vector<std::vector<std::int64_t>> drawn(kThreads);
  std::vector<std::thread> threads;
  for (auto& mine : drawn) {
    threads.emplace_back([&mine] {
      for (int i = 0; i < kDraws; ++i) mine.push_back(make_default_seed());
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::multiset<std::int64_t> together;
  for (const auto& mine : drawn) together.insert(mine.begin(), mine.end());
  EXPECT_EQ(alone, together);
}

TEST(Seed, GivenInPlaceOfTheDefault) {
  set_random_seed(1);
  const std::int64_t first = make_default_seed();
  set_random_seed(1);
  {
    const GivenDefaultSeed seven(7);
    EXPECT_EQ(make_default_seed(), 7);
    {
      const GivenDefaultSeed eight(8);
      EXPECT_EQ(make_default_seed(), 8);
    }
    EXPECT_EQ(make_default_seed(), 7);
  }
  EXPECT_EQ(make_default_seed(), first);  // none was taken from the state
}

}  // namespace
}  // namespace keratin::random
