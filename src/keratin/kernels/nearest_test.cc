// SPDX-License-Identifier: Apache-2.0
#include "keratin/kernels/nearest.h"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "support/every_target.h"
#include <gtest/gtest.h>

namespace keratin::kernels {
namespace {

using testing::on_every_target;

std::vector<float> drawn(std::int64_t count) {
  std::mt19937 random(static_cast<unsigned>(count));
  std::uniform_real_distribution<float> draw(-1, 1);
  std::vector<float> numbers(static_cast<std::size_t>(count));
  for (float& x : numbers) x = draw(random);
  return numbers;
}

double product(const float* a, const float* b, std::int64_t n) {
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += double{a[i]} * double{b[i]};
  return sum;
}

TEST(Nearest, ComparesRowsOfEveryWidth) {
  on_every_target([] {
    for (const std::int64_t width : {1, 3, 16, 33, 100}) {
      for (int queries = 0; queries <= kFewQueries; ++queries) {
        constexpr std::int64_t kCount = 7, kStride = 9;
        const auto rows = drawn(kCount * width), vectors = drawn(kFewQueries * width + 1);
        std::vector<float> dots(kFewQueries * kStride, 7), squares(kCount);
        compare_rows(rows.data(), kCount, width, vectors.data(), queries, dots.data(), kStride,
                     squares.data());
        // A sum of n products of numbers below 1 in float32: n^2 / 2 roundings of 2^-24 at most.
        const double most = static_cast<double>(width * width) * 0x1p-25 + 1e-7;
        for (std::int64_t i = 0; i < kCount; ++i) {
          const float* const row = rows.data() + i * width;
          EXPECT_NEAR(squares[static_cast<std::size_t>(i)], product(row, row, width), most);
          for (int q = 0; q < queries; ++q) {
            EXPECT_NEAR(dots[static_cast<std::size_t>(q * kStride + i)],
                        product(row, vectors.data() + q * width, width), most);
          }
        }
        EXPECT_EQ(dots.back(), 7);
      }
    }
  });
}

TEST(Nearest, FindsWhatIsNotBelowABar) {
  on_every_target([] {
    constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
    std::vector<float> dots(50, 1), scale(50, 2), bias(50, 0.5F), bars(50, 3);
    dots[3] = 1.25F;  // is 3: at the bar
    dots[40] = kNaN;
    scale[49] = 4;
    std::vector<std::int32_t> found(50);
    ASSERT_EQ(rows_at_bar(dots.data(), scale.data(), bias.data(), 3, 50, found.data()), 3);
    found.resize(3);
    EXPECT_EQ(found, (std::vector<std::int32_t>{3, 40, 49}));
    found.resize(50);
    bars[20] = -std::numeric_limits<float>::infinity();
    bars[44] = kNaN;
    ASSERT_EQ(queries_at_bar(dots.data(), 2, 0.5F, bars.data(), 50, found.data()), 4);
    found.resize(4);
    EXPECT_EQ(found, (std::vector<std::int32_t>{3, 20, 40, 44}));
    EXPECT_EQ(rows_at_bar(dots.data(), scale.data(), bias.data(), 9, 0, nullptr), 0);
  });
}

}  // namespace
}  // namespace keratin::kernels
