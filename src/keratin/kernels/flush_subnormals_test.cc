// SPDX-License-Identifier: Apache-2.0
#include "keratin/kernels/flush_subnormals.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <thread>

#include <gtest/gtest.h>

#include "keratin/parallel/parallel.h"

namespace keratin::kernels {
namespace {

#if defined(__x86_64__) || defined(__aarch64__)
/// Computed at run time, in this thread's mode.
float product(float a, float b) {
  const volatile float hidden = a;
  return hidden * b;
}

constexpr float kSmallest = std::numeric_limits<float>::min();

TEST(FlushSubnormals, WhatComesOutAndWhatGoesIn) {
  const float subnormal = product(kSmallest, 0.5F);
  EXPECT_GT(subnormal, 0);
  {
    const FlushSubnormals flush;
    EXPECT_EQ(product(kSmallest, 0.5F), 0);
    EXPECT_EQ(product(subnormal, 4.0F), 0);
    EXPECT_EQ(product(kSmallest, 1.5F), kSmallest * 1.5F);
    { const FlushSubnormals again; }
    EXPECT_EQ(product(kSmallest, 0.5F), 0);
  }
  EXPECT_EQ(product(subnormal, 4.0F), 2 * kSmallest);
  const FlushSubnormals not_wanted(false);
  EXPECT_EQ(product(subnormal, 4.0F), 2 * kSmallest);
}

TEST(FlushSubnormals, ChunksAreInTheModeOfTheirCaller) {
  const int threads = parallel::num_threads();
  parallel::set_num_threads(4);
  for (const bool flushes : {true, false, true, false}) {
    std::atomic<int> zeros = 0;
    {
      const FlushSubnormals flush(flushes);
      parallel::for_chunks(64, 1, [&](std::int64_t, std::int64_t) {
        std::this_thread::sleep_for(std::chrono::microseconds(100));  // so that others take part
        zeros += product(kSmallest, 0.5F) == 0 ? 1 : 0;
      });
    }
    EXPECT_EQ(zeros, flushes ? 64 : 0);
  }
  parallel::set_num_threads(threads);
}
#endif

}  // namespace
}  // namespace keratin::kernels
