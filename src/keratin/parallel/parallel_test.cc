// SPDX-License-Identifier: Apache-2.0
#include "keratin/parallel/parallel.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <stdexcept>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace keratin::parallel {
namespace {

class Threads : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override { set_num_threads(GetParam()); }
  void TearDown() override { set_num_threads(0); }
};

TEST_P(Threads, EveryElementOnceInChunksThatDependOnSizesAlone) {
  for (const std::int64_t n : {0, 1, 9, 10, 11, 1000}) {
    std::vector<std::atomic<int>> seen(static_cast<std::size_t>(n));
    std::vector<std::atomic<std::int64_t>> end_of(static_cast<std::size_t>(n) + 1);
    for_chunks(n, 10, [&](std::int64_t begin, std::int64_t end) {
      EXPECT_EQ(begin % 10, 0);
      end_of[static_cast<std::size_t>(begin)] = end;
      for (std::int64_t i = begin; i < end; ++i) ++seen[static_cast<std::size_t>(i)];
    });
    for (const auto& count : seen) EXPECT_EQ(count, 1);
    for (std::int64_t begin = 0; begin < n; begin += 10) {
      EXPECT_EQ(end_of[static_cast<std::size_t>(begin)], std::min<std::int64_t>(begin + 10, n));
    }
  }
}

TEST_P(Threads, AnExceptionLeavesOnce) {
  EXPECT_THROW(for_chunks(100, 1,
                          [](std::int64_t begin, std::int64_t) {
                            if (begin == 57) throw std::runtime_error("57");
                          }),
               std::runtime_error);
}

TEST_P(Threads, MayBeNested) {
  std::atomic<int> count = 0;
  for_chunks(8, 1, [&](std::int64_t, std::int64_t) {
    for_chunks(8, 1, [&](std::int64_t, std::int64_t) { ++count; });
  });
  EXPECT_EQ(count, 64);
}

INSTANTIATE_TEST_SUITE_P(OneAndMore, Threads, ::testing::Values(1, 2, 5));

TEST(Interruptible, IsAskedBetweenChunksAndMayThrow) {
  set_num_threads(1);
  int asked = 0;
  const std::function<void()> ask = [&] {
    if (++asked == 3) throw std::runtime_error("enough");
  };
  int chunks = 0;
  const auto work = [&] { for_chunks(10, 2, [&](std::int64_t, std::int64_t) { ++chunks; }); };
  work();
  EXPECT_EQ(asked, 0);  // nobody said so
  {
    const Interruptible here(&ask);
    chunks = 0;
    EXPECT_THROW(work(), std::runtime_error);
    EXPECT_EQ(chunks, 3);
    {
      const Uninterrupted whole;
      work();
      check_interrupt();
      EXPECT_EQ(asked, 3);
    }
    check_interrupt();
    EXPECT_EQ(asked, 4);
    const std::function<void()> nobody;
    const Interruptible inner(&nobody);
    check_interrupt();
  }
  check_interrupt();
  EXPECT_EQ(asked, 4);
  set_num_threads(0);
}

TEST(SetNumThreads, RefusesANegativeNumber) {
  EXPECT_THROW(set_num_threads(-1), std::invalid_argument);
  set_num_threads(3);
  EXPECT_EQ(num_threads(), 3);
  set_num_threads(0);
  EXPECT_GE(num_threads(), 1);
}

}  // namespace
}  // namespace keratin::parallel
