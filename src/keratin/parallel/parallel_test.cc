// SPDX-License-Identifier: Apache-2.0
#include "keratin/parallel/parallel.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

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

TEST_P(Threads, AnExceptionEndsTheOtherThreadsAfterTheChunkTheyAreAt) {
  // So many chunks that what a thread takes at once is some hundreds of them.
  std::atomic<int> done = 0;
  std::atomic<bool> thrown = false;
  EXPECT_THROW(for_chunks(100'000, 1,
                          [&](std::int64_t, std::int64_t) {
                            if (++done > 500 && !thrown.exchange(true))
                              throw std::runtime_error("enough");
                            std::this_thread::sleep_for(std::chrono::microseconds(100));
                          }),
               std::runtime_error);
  EXPECT_LT(done, 600);
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

TEST(ForChunks, ManyCallersShareTheTeams) {
  set_num_threads(4);
  std::atomic<std::int64_t> sum = 0;
  std::vector<std::thread> callers;
  for (int t = 0; t < 8; ++t) {
    callers.emplace_back([&sum, t] {
      for (std::int64_t n = 2; n < 60; ++n) {
        for_chunks(n, t % 2 + 1, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i) sum += i;
        });
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  std::int64_t expected = 0;
  for (std::int64_t n = 2; n < 60; ++n) expected += 8 * n * (n - 1) / 2;
  EXPECT_EQ(sum, expected);
  set_num_threads(0);
}

TEST(ForChunks, WakesNoMoreThreadsThanTheWorkIsWorth) {
  set_num_threads(16);
  for (const std::int64_t chunks : {2, 5, 8, 12}) {
    std::atomic<int> now = 0;
    std::atomic<int> most = 0;
    for_chunks(chunks, 1, [&](std::int64_t, std::int64_t) {
      const int count = ++now;
      for (int before = most; before < count && !most.compare_exchange_weak(before, count);) {
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      --now;
    });
    EXPECT_LE(most, std::max<std::int64_t>(2, chunks / 2)) << chunks;
  }
  set_num_threads(0);
}

#ifndef __SANITIZE_THREAD__  // which does not follow a fork of several threads
TEST(ForChunks, TheChildOfAForkDoesItAllItself) {
  set_num_threads(3);
  std::atomic<bool> stop = false;
  std::atomic<int> done = 0;
  std::vector<std::thread> others;
  for (int t = 0; t < 2; ++t) {
    others.emplace_back([&] {
      while (!stop) for_chunks(64, 1, [&](std::int64_t, std::int64_t) { ++done; });
    });
  }
  for (int i = 0; i < 20; ++i) {
    const int before = done;
    while (done < before + 64) std::this_thread::yield();
    const pid_t child = fork();
    if (child == 0) {
      alarm(10);
      int count = 0;  // one thread: no atomic
      for_chunks(1000, 1, [&](std::int64_t, std::int64_t) { ++count; });
      _exit(count == 1000 && num_threads() == 1 ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  stop = true;
  for (std::thread& other : others) other.join();
  set_num_threads(0);
}
#endif

TEST(EvenChunk, EqualPartsOfTheLeastSizeOrMore) {
  EXPECT_EQ(even_chunk(220, 64, 8192), 220);  // 1.7 parts are one
  EXPECT_EQ(even_chunk(320, 64, 8192), 160);
  EXPECT_EQ(even_chunk(321, 64, 8192), 161);
  EXPECT_EQ(even_chunk(5, 10000, 8192), 1);
  EXPECT_EQ(even_chunk(0, 64, 8192), 1);
  for (const std::int64_t n : {1, 127, 128, 1000, 65537}) {
    const std::int64_t chunk = even_chunk(n, 64, 8192);
    EXPECT_GE(chunk, std::min<std::int64_t>(n, 128));
    EXPECT_LE(chunk, 256);
  }
}

}  // namespace
}  // namespace keratin::parallel
