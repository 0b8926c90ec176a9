// SPDX-License-Identifier: Apache-2.0
#include "keratin/kernels/gates.h"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "support/every_target.h"
#include <gtest/gtest.h>

namespace keratin::kernels {
namespace {

using testing::on_every_target;

std::vector<float> draw(std::int64_t count, unsigned seed, float size = 2) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<float> uniform(-size, size);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& v : values) v = uniform(engine);
  return values;
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

// The library's exponentials are within 4 ulp; what is made of them here within 16 of 1.
constexpr double kNear = 16 * 6e-8;

/// One unit, whose forget gate is shut and whose others are open where they are not asked about.
struct OneUnit {
  float c = 0, h = 0;
  OneUnit(float i, float f, float g, float o, float c_before) {
    float gates[] = {i, f, g, o};
    lstm_step({1, 1, gates, &c_before, &c, nullptr, &h});
  }
};

TEST(Gates, FunctionsAreTheExactOnes) {
  on_every_target([] {
    for (float x = -30; x <= 30; x += 0.37F) {
      EXPECT_NEAR(OneUnit(x, -100, 100, 100, 0).c, sigmoid(x), kNear) << x;
      EXPECT_NEAR(OneUnit(100, -100, x, 100, 0).c, std::tanh(static_cast<double>(x)), kNear) << x;
    }
    // tanh keeps its last digits where it is small.
    for (float x = 1e-20F; x < 0.1F; x *= 7) {
      EXPECT_NEAR(OneUnit(100, -100, x, 100, 0).c / x, 1, x * x + kNear) << x;
    }
    const float infinity = std::numeric_limits<float>::infinity();
    for (const float large : {100.0F, 1e4F, 3e38F, infinity}) {
      EXPECT_EQ(OneUnit(large, -large, large, large, 1).c, 1);
      EXPECT_EQ(OneUnit(large, -large, -large, large, 1).c, -1);
      EXPECT_NEAR(OneUnit(-large, large, 1, large, 1).c, 1, kNear);
    }
    const float nan = std::nanf("");
    EXPECT_TRUE(std::isnan(OneUnit(nan, 0, 0, 0, 0).c));
    EXPECT_TRUE(std::isnan(OneUnit(0, nan, 0, 0, 0).c));
    EXPECT_TRUE(std::isnan(OneUnit(0, 0, nan, 0, 0).c));
    EXPECT_TRUE(std::isnan(OneUnit(0, 0, 0, nan, 0).h));
    EXPECT_TRUE(std::isnan(OneUnit(0, 0, 0, 0, nan).h));
  });
}

TEST(Gates, StepsAreTheFormulas) {
  on_every_target([] {
    constexpr std::int64_t kRows = 3, kUnits = 37, kSize = kRows * kUnits;
    std::vector<float> gates = draw(4 * kSize, 1), c_before = draw(kSize, 2), c(kSize), t(kSize),
                       h(kSize);
    const std::vector<float> sums = gates;
    lstm_step({kRows, kUnits, gates.data(), c_before.data(), c.data(), t.data(), h.data()});
    const std::vector<float> x = draw(3 * kSize, 3), s = draw(3 * kSize, 4),
                             before = draw(kSize, 5);
    std::vector<float> of_gru = x, aside(kSize), next(kSize);
    gru_step({kRows, kUnits, of_gru.data(), s.data(), before.data(), aside.data(), next.data()});
    for (std::int64_t r = 0; r < kRows; ++r) {
      for (std::int64_t k = 0; k < kUnits; ++k) {
        const auto at = static_cast<std::size_t>(r * kUnits + k);
        const auto sum = [&](const std::vector<float>& all, std::int64_t count, std::int64_t g) {
          return static_cast<double>(all[static_cast<std::size_t>((r * count + g) * kUnits + k)]);
        };
        const double cell = sigmoid(sum(sums, 4, 1)) * c_before[at] +
                            sigmoid(sum(sums, 4, 0)) * std::tanh(sum(sums, 4, 2));
        EXPECT_NEAR(c[at], cell, 4 * kNear);
        EXPECT_NEAR(t[at], std::tanh(cell), 4 * kNear);
        EXPECT_NEAR(h[at], sigmoid(sum(sums, 4, 3)) * std::tanh(cell), 4 * kNear);
        EXPECT_NEAR(sum(gates, 4, 3), sigmoid(sum(sums, 4, 3)), kNear);
        const double z = sigmoid(sum(x, 3, 0) + sum(s, 3, 0));
        const double reset = sigmoid(sum(x, 3, 1) + sum(s, 3, 1));
        const double n = std::tanh(sum(x, 3, 2) + reset * sum(s, 3, 2));
        EXPECT_NEAR(next[at], z * before[at] + (1 - z) * n, 4 * kNear);
        EXPECT_EQ(aside[at], sum(s, 3, 2));
      }
    }
  });
}

TEST(Gates, AnElementHasTheSameBitsWhereverItStands) {
  on_every_target([] {
    constexpr std::int64_t kMost = 40;
    const std::vector<float> sums = draw(4, 1), c_before = draw(1, 2);
    float alone = 0;
    for (std::int64_t units = 1; units <= kMost; ++units) {
      std::vector<float> gates, c(static_cast<std::size_t>(units)), h(c.size());
      for (int g = 0; g < 4; ++g)
        gates.insert(gates.end(), c.size(), sums[static_cast<std::size_t>(g)]);
      const std::vector<float> before(c.size(), c_before[0]);
      lstm_step({1, units, gates.data(), before.data(), c.data(), nullptr, h.data()});
      if (units == 1) alone = h[0];
      for (const float v : h) EXPECT_EQ(v, alone) << units;
    }
  });
}

}  // namespace
}  // namespace keratin::kernels
