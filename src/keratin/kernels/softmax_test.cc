// SPDX-License-Identifier: Apache-2.0
#include "keratin/kernels/softmax.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "support/every_target.h"
#include <gtest/gtest.h>

namespace keratin::kernels {
namespace {

using testing::on_every_target;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<float> numbers(std::int64_t count) {
  std::vector<float> x;
  for (std::int64_t i = 0; i < count; ++i)
    x.push_back(static_cast<float>(i * 37 % 101) * 0.13F - 9);
  return x;
}

TEST(Softmax, LargestOfAnyLength) {
  on_every_target([] {
    EXPECT_EQ(largest(0, nullptr), -kInfinity);
    for (std::int64_t count = 1; count < 70; ++count) {
      std::vector<float> x = numbers(count);
      EXPECT_EQ(largest(count, x.data()), *std::ranges::max_element(x)) << count;
      for (std::size_t i = 0; i < x.size(); ++i) {
        std::vector<float> one = x;
        one[i] = std::nanf("");
        EXPECT_TRUE(std::isnan(largest(count, one.data()))) << i << " of " << count;
        one[i] = kInfinity;
        EXPECT_EQ(largest(count, one.data()), kInfinity);
      }
    }
    const std::vector<float> lowest(19, -kInfinity);
    EXPECT_EQ(largest(19, lowest.data()), -kInfinity);
  });
}

// The argument, up to 22 here, is rounded, and that is as many times of the result; exp is within 4
// ulp.
TEST(Softmax, ExponentialsAndTheirSum) {
  on_every_target([] {
    for (std::int64_t count = 0; count < 70; ++count) {
      const std::vector<float> x = numbers(count);
      std::vector<float> y(x.size());
      const double sum = exp_minus(count, x.data(), 0.7F, y.data());
      double wanted = 0, seen = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double one = std::exp(static_cast<double>(x[i]) - static_cast<double>(0.7F));
        EXPECT_NEAR(y[i], one, 6e-8 * (8 + 22) * one) << i << " of " << count;
        wanted += one;
        seen += static_cast<double>(y[i]);
      }
      EXPECT_NEAR(sum, seen, 1e-14 * seen) << count;  // a sum of doubles
      EXPECT_NEAR(sum, wanted, 6e-8 * (8 + 22) * wanted) << count;
      EXPECT_EQ(sum_of_exp_minus(count, x.data(), 0.7F), sum) << count;
      std::vector<float> in_place = x;
      EXPECT_EQ(exp_minus(count, in_place.data(), 0.7F, in_place.data()), sum);
      EXPECT_EQ(in_place, y);
    }
  });
}

TEST(Softmax, TheEndsOfTheNumbers) {
  on_every_target([] {
    const std::vector<float> x{0, -kInfinity, -200, kInfinity, std::nanf("")};
    std::vector<float> y(x.size(), 7);
    exp_minus(5, x.data(), 0, y.data());
    EXPECT_EQ(y[0], 1);
    EXPECT_EQ(y[1], 0);
    EXPECT_EQ(y[2], 0);
    EXPECT_EQ(y[3], kInfinity);
    EXPECT_TRUE(std::isnan(y[4]));
    exp_minus(1, &x[1], -kInfinity, y.data());  // nothing is larger than nothing
    EXPECT_TRUE(std::isnan(y[0]));
  });
}

}  // namespace
}  // namespace keratin::kernels
