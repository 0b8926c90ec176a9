// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/distributions.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace keratin::random {
namespace {

TEST(Distributions, UniformIsJaxesFormulaInOneRounding) {
  const Key key{17, 0};
  const float ranges[][2] = {{-0.05f, 0.05f},       {0.0f, 1.0f},   {0.0f, 0.3f},
                             {1000.0f, 1000.0123f}, {-1e-3f, 1e9f}, {-1e-38f, 3e-38f},
                             {3.0f, 3.0f},          {2.0f, 1.0f}};
  for (const auto& [low, high] : ranges) {
    std::vector<float> drawn(3000);
    std::vector<std::uint32_t> bits(drawn.size());
    fill_uniform(key, 77, low, high, drawn);
    fill_bits(key, 77, bits);
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      const float unit = std::ldexp(static_cast<float>(bits[i] >> 9), -23);
      ASSERT_EQ(drawn[i], std::fmax(low, std::fma(unit, high - low, low))) << low << " " << high;
    }
  }
}

// Moments against the known ones; a million draws put 5 standard errors at the bounds used.
TEST(Distributions, Moments) {
  constexpr double kN = 1 << 20;
  std::vector<float> x(1 << 20);
  const auto moments = [&](double& mean, double& variance) {
    double sum = 0;
    double squares = 0;
    for (const float value : x) {
      sum += static_cast<double>(value);
      squares += static_cast<double>(value) * static_cast<double>(value);
    }
    mean = sum / kN;
    variance = squares / kN - mean * mean;
  };
  double mean = 0;
  double variance = 0;
  fill_normal({1, 0}, 0, 0.0f, 1.0f, x);
  moments(mean, variance);
  EXPECT_NEAR(mean, 0, 5 / std::sqrt(kN));
  EXPECT_NEAR(variance, 1, 5 * std::sqrt(2 / kN));
  fill_truncated_normal({2, 0}, 0, 0.0f, 1.0f, x);
  moments(mean, variance);
  EXPECT_NEAR(mean, 0, 5 / std::sqrt(kN));
  EXPECT_NEAR(std::sqrt(variance), 0.87962566103423978, 5 / std::sqrt(kN));
  for (const float value : x) EXPECT_LT(std::fabs(value), 2.0f);
}

TEST(Distributions, AnyRangeIsAPartOfTheWhole) {
  const Key key{5, 6};
  std::vector<float> whole(700);
  std::vector<float> part(131);
  const auto same = [&](std::size_t first) {
    for (std::size_t i = 0; i < part.size(); ++i) ASSERT_EQ(part[i], whole[first + i]);
  };
  for (const std::size_t first : {0u, 1u, 63u, 64u, 65u, 333u, 569u}) {
    fill_uniform(key, 1, -1, 2, whole);
    fill_uniform(key, 1 + first, -1, 2, part);
    same(first);
    fill_normal(key, 1, -1, 2, whole);
    fill_normal(key, 1 + first, -1, 2, part);
    same(first);
    fill_truncated_normal(key, 1, -1, 2, whole);
    fill_truncated_normal(key, 1 + first, -1, 2, part);
    same(first);
  }
}

}  // namespace
}  // namespace keratin::random
