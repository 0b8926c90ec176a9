// SPDX-License-Identifier: Apache-2.0
#include "keratin/kernels/matmul.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "support/every_target.h"
#include <gtest/gtest.h>

#include "keratin/parallel/parallel.h"

namespace keratin::kernels {
namespace {

using testing::on_every_target;

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

/// Exactly as long as the matrix, so that the address sanitizer sees a float too many; and NaN
/// where nothing was written.
std::vector<float> unwritten(std::int64_t count) {
  return std::vector<float>(static_cast<std::size_t>(count),
                            std::numeric_limits<float>::quiet_NaN());
}

// A sum of k products of magnitude 1 at most, each rounded: k * k / 2 * 2^-24 bounds the error; the
// usual error grows with the root of k.
void expect_as_double(const Sizes& sizes) {
  const auto [m, k, n] = sizes;
  const auto a = draw(m * k, 1);
  const auto b = draw(k * n, 2);
  const auto start = draw(m * n, 3);
  for (int way = 0; way < 8; ++way) {
    const bool ta = way & 1, tb = way & 2, accumulate = way & 4;
    std::vector<float> c = accumulate ? start : unwritten(m * n);
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
            << m << " " << k << " " << n << ": " << ta << tb << accumulate << " at " << i << ", "
            << j;
      }
    }
  }
}

class Matmul : public ::testing::TestWithParam<Sizes> {};

TEST_P(Matmul, AgreesWithDoubleForEveryLayout) {
  on_every_target([&] { expect_as_double(GetParam()); });
}

INSTANTIATE_TEST_SUITE_P(Sizes, Matmul,
                         ::testing::Values(Sizes{1, 1, 1}, Sizes{2, 3, 5}, Sizes{32, 32, 16},
                                           Sizes{32, 16, 1}, Sizes{1, 300, 7}, Sizes{300, 40, 33},
                                           Sizes{600, 17, 9}, Sizes{3, 0, 4}, Sizes{500, 300, 100},
                                           Sizes{20, 129, 400}, Sizes{1, 64, 512},
                                           Sizes{512, 64, 1}, Sizes{64, 2000, 64},
                                           Sizes{40, 1, 300}, Sizes{520, 150, 300},
                                           Sizes{700, 5, 1}));

// Every size of a tile, with every rest in rows and columns.
TEST(MatmulSizes, EverySmallOne) {
  on_every_target([] {
    for (std::int64_t m = 1; m <= 17; ++m) {
      for (std::int64_t n = 1; n <= 50; ++n) expect_as_double({m, 1 + (m * n) % 7, n});
    }
  });
}

TEST(MatmulSizes, NothingIsZeroOrLeavesWhatWasThere) {
  std::vector<float> c = {1, 2, 3, 4};
  matmul({nullptr}, {nullptr}, 2, 0, 2, true, c.data());
  EXPECT_EQ(c, (std::vector<float>{1, 2, 3, 4}));
  matmul({nullptr}, {nullptr}, 0, 3, 2, false, c.data());
  matmul({nullptr}, {nullptr}, 2, 3, 0, false, c.data());
  EXPECT_EQ(c, (std::vector<float>{1, 2, 3, 4}));
  matmul({nullptr}, {nullptr}, 2, 0, 2, false, c.data());
  EXPECT_EQ(c, (std::vector<float>{0, 0, 0, 0}));
}

// A product with what is not finite is one of the sum, beside a 0 too, and one of no other sum.
TEST(MatmulSums, KeepWhatIsNotFinite) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  on_every_target([&] {
    for (const std::int64_t m : {1, 3, 40}) {
      for (const std::int64_t n : {1, 5, 70}) {
        for (int way = 0; way < 4; ++way) {
          const bool ta = way & 1, tb = way & 2;
          const std::int64_t k = 30, p = 29;
          std::vector<float> a(static_cast<std::size_t>(m * k), 1.0F);
          std::vector<float> b(static_cast<std::size_t>(k * n), 1.0F);
          const auto in_a = static_cast<std::size_t>(ta ? p * m + m - 1 : (m - 1) * k + p);
          const auto in_b = static_cast<std::size_t>(tb ? (n - 1) * k + p : p * n + n - 1);
          a[in_a] = 0;
          b[in_b] = kInfinity;
          std::vector<float> c = unwritten(m * n);
          matmul({a.data(), ta}, {b.data(), tb}, m, k, n, false, c.data());
          for (std::int64_t i = 0; i < m; ++i) {
            for (std::int64_t j = 0; j < n; ++j) {
              const float x = c[static_cast<std::size_t>(i * n + j)];
              if (j < n - 1) {
                EXPECT_EQ(x, i < m - 1 ? 30 : 29);
              } else if (i < m - 1) {
                EXPECT_EQ(x, kInfinity);
              } else {
                EXPECT_TRUE(std::isnan(x));
              }
            }
          }
        }
      }
    }
  });
}

// Predictions of one sample and of many are the same.
TEST(MatmulSums, ARowDoesNotDependOnTheOthers) {
  on_every_target([] {
    for (const auto& [m, k, n] :
         {Sizes{300, 40, 33}, Sizes{33, 300, 70}, Sizes{50, 64, 1}, Sizes{20, 512, 300}}) {
      const auto a = draw(m * k, 1);
      const auto b = draw(k * n, 2);
      auto all = unwritten(m * n), row = unwritten(n);
      matmul({a.data()}, {b.data()}, m, k, n, false, all.data());
      for (std::int64_t i = 0; i < m; ++i) {
        matmul({a.data() + i * k}, {b.data()}, 1, k, n, false, row.data());
        ASSERT_TRUE(std::equal(row.begin(), row.end(), all.begin() + i * n)) << i;
      }
    }
  });
}

// Rows of a that overlap, as windows do, rows of b and c with something between them.
TEST(MatmulRows, MayLieApartOrOverlap) {
  on_every_target([] {
    for (const auto& [m, k, n] : {Sizes{40, 15, 24}, Sizes{1, 7, 9}, Sizes{300, 20, 33},
                                  Sizes{9, 3, 1}, Sizes{5, 130, 40}}) {
      for (int way = 0; way < 8; ++way) {
        const bool ta = way & 1, tb = way & 2, accumulate = way & 4;
        const std::int64_t a_row = 3, b_row = (tb ? k : n) + 5, c_row = n + 2;
        const auto a = draw((ta ? k : m) * a_row + m + k, 1);
        const auto b = draw((tb ? n : k) * b_row, 2);
        const auto start = draw(m * c_row, 3);
        auto c = start;
        matmul({a.data(), ta, a_row}, {b.data(), tb, b_row}, m, k, n, accumulate, c.data(), c_row);
        for (std::int64_t i = 0; i < m; ++i) {
          for (std::int64_t j = 0; j < c_row; ++j) {
            const auto at = static_cast<std::size_t>(i * c_row + j);
            double sum = j >= n || accumulate ? start[at] : 0.0;
            for (std::int64_t p = 0; j < n && p < k; ++p) {
              sum += static_cast<double>(
                         a[static_cast<std::size_t>(ta ? p * a_row + i : i * a_row + p)]) *
                     b[static_cast<std::size_t>(tb ? j * b_row + p : p * b_row + j)];
            }
            ASSERT_NEAR(c[at], sum, 1e-6 * (1 + std::sqrt(static_cast<double>(k))))
                << m << " " << k << " " << n << ": " << way << " at " << i << ", " << j;
          }
        }
      }
    }
  });
}

TEST(MatmulThreads, EqualBitsForOneAndTwo) {
  for (const auto& [m, k, n] : {Sizes{1000, 70, 50}, Sizes{64, 3000, 64}, Sizes{32, 512, 1000},
                                Sizes{5000, 300, 1}, Sizes{1, 1500, 700}, Sizes{1000, 200, 300}}) {
    for (int way = 0; way < 4; ++way) {
      const auto a = draw(m * k, 1);
      const auto b = draw(k * n, 2);
      auto one = unwritten(m * n), two = one;
      const bool ta = way & 1, tb = way & 2;
      parallel::set_num_threads(1);
      matmul({a.data(), ta}, {b.data(), tb}, m, k, n, false, one.data());
      parallel::set_num_threads(2);
      matmul({a.data(), ta}, {b.data(), tb}, m, k, n, false, two.data());
      parallel::set_num_threads(0);
      EXPECT_EQ(one, two) << m << " " << k << " " << n << " " << way;
    }
  }
}

}  // namespace
}  // namespace keratin::kernels
