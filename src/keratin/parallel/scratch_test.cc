// SPDX-License-Identifier: Apache-2.0
#include "keratin/parallel/scratch.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/parallel/parallel.h"

namespace keratin::parallel {
namespace {

TEST(Scratch, EachBlockHasOneUserAtATime) {
  set_num_threads(2);
  Scratch scratch(100);
  std::atomic<int> at_work = 0;
  std::atomic<int> most = 0;
  std::atomic<bool> alone = true;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const Scratch::Block block(scratch);
        most = std::max(most.load(), ++at_work);
        const auto mine = static_cast<float>(t + 1);
        std::fill(block.floats().begin(), block.floats().end(), mine);
        std::this_thread::yield();
        for (const float x : block.floats()) {
          if (x != mine) alone = false;
        }
        --at_work;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  set_num_threads(0);
  EXPECT_TRUE(alone);
  EXPECT_LE(most, 2);
}

}  // namespace
}  // namespace keratin::parallel
