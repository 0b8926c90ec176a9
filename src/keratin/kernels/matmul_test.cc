// SPDX-License-Identifier: Apache-2.0
#include "keratin/kernels/matmul.h"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <random>
#include <vector>

#include <gtest/gtest.h>
#include <sys/time.h>

#include "keratin/parallel/parallel.h"

namespace keratin::kernels {
namespace {

struct Sizes {
  std::int64_t m, k, n;
};

std::vector<float> draw(std::int64_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& v : values) v = uniform(engine);
  return values;
}

class Matmul : public ::testing::TestWithParam<Sizes> {};

// A sum of k products of magnitude 1 at most, each rounded: k * k / 2 * 2^-24 bounds the error; the
// usual error grows with the root of k.
TEST_P(Matmul, AgreesWithDoubleForEveryLayout) {
  const auto [m, k, n] = GetParam();
  const auto a = draw(m * k, 1);
  const auto b = draw(k * n, 2);
  const auto start = draw(m * n, 3);
  for (const bool ta : {false, true}) {
    for (const bool tb : {false, true}) {
      for (const bool accumulate : {false, true}) {
        std::vector<float> c = start;
        matmul({a.data(), ta}, {b.data(), tb}, m, k, n, accumulate, c.data());
        for (std::int64_t i = 0; i < m; ++i) {
          for (std::int64_t j = 0; j < n; ++j) {
            double sum = accumulate ? start[static_cast<std::size_t>(i * n + j)] : 0.0;
            for (std::int64_t p = 0; p < k; ++p) {
              sum += static_cast<double>(a[static_cast<std::size_t>(ta ? p * m + i : i * k + p)]) *
                     b[static_cast<std::size_t>(tb ? j * k + p : p * n + j)];
            }
            ASSERT_NEAR(c[static_cast<std::size_t>(i * n + j)], sum,
                        1e-6 * (1 + std::sqrt(static_cast<double>(k))))
                << ta << tb << accumulate << " at " << i << ", " << j;
          }
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Matmul,
                         ::testing::Values(Sizes{1, 1, 1}, Sizes{2, 3, 5}, Sizes{32, 32, 16},
                                           Sizes{32, 16, 1}, Sizes{1, 300, 7}, Sizes{300, 40, 33},
                                           Sizes{600, 17, 9}, Sizes{3, 0, 4}));

TEST(MatmulThreads, EqualBitsForOneAndTwo) {
  const std::int64_t m = 1000, k = 70, n = 50;
  const auto a = draw(m * k, 1);
  const auto b = draw(k * n, 2);
  std::vector<float> one(static_cast<std::size_t>(m * n)), two = one;
  parallel::set_num_threads(1);
  matmul({a.data()}, {b.data()}, m, k, n, false, one.data());
  parallel::set_num_threads(2);
  matmul({a.data()}, {b.data()}, m, k, n, false, two.data());
  parallel::set_num_threads(0);
  EXPECT_EQ(one, two);
}

// A timer interrupts the products as Ctrl-C may, ten thousand times a second.
TEST(Matmul, SignalsSpoilNothing) {
  static volatile std::sig_atomic_t signals;
  signals = 0;
  struct sigaction action = {}, before = {};
  action.sa_handler = [](int) { signals = signals + 1; };
  action.sa_flags = SA_RESTART;
  ASSERT_EQ(sigaction(SIGALRM, &action, &before), 0);
  const itimerval often = {{0, 97}, {0, 97}};
  const itimerval never = {};
  setitimer(ITIMER_REAL, &often, nullptr);

  const std::int64_t m = 256, k = 64, n = 64;
  const std::vector<float> a(static_cast<std::size_t>(m * k), 2),
      b(static_cast<std::size_t>(k * n), 3);
  for (int i = 0; i < 4000 || (signals < 100 && i < 400000); ++i) {
    // Memory all around that is in use, so that what is written there is noticed when it is freed.
    std::vector<std::vector<float>> others;
    for (std::size_t size = 0; size < 8; ++size) others.emplace_back(4096 << (size % 4), 1);
    std::vector<float> c(static_cast<std::size_t>(m * n));
    matmul({a.data()}, {b.data()}, m, k, n, false, c.data());
    ASSERT_EQ(std::count(c.begin(), c.end(), 2.0F * 3.0F * k), m * n);
    for (const auto& other : others)
      ASSERT_EQ(std::count(other.begin(), other.end(), 1),
                static_cast<std::ptrdiff_t>(other.size()));
  }
  setitimer(ITIMER_REAL, &never, nullptr);
  sigaction(SIGALRM, &before, nullptr);
  EXPECT_GE(signals, 100);
}

}  // namespace
}  // namespace keratin::kernels
