// SPDX-License-Identifier: Apache-2.0
#include "keratin/kernels/row_catch_up.h"

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <vector>

#include "support/every_target.h"
#include <gtest/gtest.h>

namespace keratin::kernels {
namespace {

constexpr std::size_t kMaxLength = 67;  // four vectors of the widest registers, and every tail

struct Data {
  std::vector<float> w, m, v;
};
Data make_data(std::size_t n) {
  Data data;
  for (std::size_t i = 0; i < n; ++i) {
    const auto x = static_cast<float>(i);
    data.w.push_back(std::sin(x));
    data.m.push_back(i % 7 == 4 ? 0.0f : std::cos(3 * x) * std::pow(10.0f, -std::fmod(x, 6.0f)));
    data.v.push_back(i % 11 == 5 ? 0.0f : std::pow(10.0f, -std::fmod(x, 9.0f)));
  }
  return data;
}

using Kernel = std::function<void(float* w, float* m, const float* v, std::size_t n)>;
using Formula = std::function<void(float& w, float& m, float v)>;

/// Both on every target that this machine runs and every length, to the bit, from unaligned spans;
/// the element behind the span stays.
void compare(const Kernel& kernel, const Formula& formula) {
  testing::on_every_target([&] {
    for (std::size_t n = 0; n <= kMaxLength; ++n) {
      Data ours = make_data(n + 2);
      Data wanted = ours;
      kernel(ours.w.data() + 1, ours.m.data() + 1, ours.v.data() + 1, n);
      for (std::size_t i = 1; i <= n; ++i) formula(wanted.w[i], wanted.m[i], wanted.v[i]);
      const std::size_t bytes = (n + 2) * sizeof(float);
      EXPECT_EQ(std::memcmp(ours.w.data(), wanted.w.data(), bytes), 0) << "length " << n;
      EXPECT_EQ(std::memcmp(ours.m.data(), wanted.m.data(), bytes), 0) << "length " << n;
    }
  });
}

TEST(RowCatchUp, Product) {
  const double c[] = {0.6, 1.75};  // and half of them, as float32
  compare(
      [&](float* w, float* m, const float*, std::size_t n) {
        const DriftRow row{w, m, nullptr, c, 0.5};
        drift_products(&row, 1, n);
      },
      [](float& w, float& m, float) { w = w - w * 0.125f - m * 0.3f; });
}

TEST(RowCatchUp, Quotient) {
  const float c[] = {0.5f, 0.25f, 0.75f, 0.125f, 0.3f, 0.7f};
  const double later = 1.25;
  for (const bool root : {true, false}) {
    for (const std::size_t terms :
         {std::size_t{1}, std::size_t{2}, std::size_t{5}, std::size_t{6}}) {
      std::vector<double> series;
      for (std::size_t k = 0; k < terms; ++k) series.push_back(static_cast<double>(c[k]) / later);
      series.push_back(0.9 / later);
      compare(
          [&](float* w, float* m, const float* v, std::size_t n) {
            const DriftRow row{w, m, v, series.data(), later};
            drift_quotients(&row, 1, n, 1e-7f, root, terms);
          },
          [&](float& w, float& m, float v) {
            const float r = root ? std::sqrt(v) : v;
            const float inverse = 1.0f / (r + 1e-7f);
            const float q = r * inverse;
            float even = 0;
            float odd = 0;
            for (std::size_t k = terms; k-- > 0;) {
              float& sum = k % 2 == 0 ? even : odd;
              sum = sum * (q * q) + c[k];
            }
            const float sum = even + odd * q;
            w = m == 0 ? w - w * 0.1f : w - w * 0.1f - m * inverse * sum;
          });
    }
  }
}

/// Each of several rows by its own numbers, as it would be alone.
TEST(RowCatchUp, RowsTogetherAreAsEachAlone) {
  testing::on_every_target([] {
    for (const std::size_t n : {std::size_t{1}, std::size_t{8}, std::size_t{35}}) {
      constexpr std::size_t kRows = 5;
      const double series[kRows][3] = {
          {0.1, 0.2, 1}, {0.3, -0.2, 0.9}, {0, 0, 1}, {2, 1, 0.5}, {0.7, 0, 0.99}};
      std::vector<Data> together(kRows, make_data(n));
      std::vector<Data> alone = together;
      std::vector<DriftRow> rows;
      std::vector<float*> moments;
      std::vector<double> factors;
      for (std::size_t i = 0; i < kRows; ++i) {
        Data& x = together[i];
        rows.push_back({x.w.data(), x.m.data(), x.v.data(), series[i], 1 - 0.1 * double(i)});
        moments.push_back(x.m.data());
        factors.push_back(1 - 0.2 * static_cast<double>(i));
        Data& y = alone[i];
        const DriftRow row{y.w.data(), y.m.data(), y.v.data(), series[i], rows[i].later};
        drift_quotients(&row, 1, n, 1e-7f, true, 2);
        drift_products(&row, 1, n);
        decay_elements(y.m.data(), n, factors[i]);
      }
      drift_quotients(rows.data(), kRows, n, 1e-7f, true, 2);
      drift_products(rows.data(), kRows, n);
      decay_rows(moments.data(), factors.data(), kRows, n);
      for (std::size_t i = 0; i < kRows; ++i) {
        EXPECT_EQ(together[i].w, alone[i].w) << "row " << i << " of length " << n;
        EXPECT_EQ(together[i].m, alone[i].m) << "row " << i << " of length " << n;
      }
    }
  });
}

void drift_one(float& w, float m, float v, float epsilon) {
  const double c[] = {1, 1};
  const DriftRow row{&w, &m, &v, c, 1};
  drift_quotients(&row, 1, 1, epsilon, true, 1);
}

TEST(RowCatchUp, ARowWithoutMeanStandsStillEvenAtZeroOverZero) {
  float w = 0.5f;
  drift_one(w, 0, 0, 0);
  EXPECT_EQ(w, 0.5f);
}

TEST(RowCatchUp, AStepIsAddedToEverySum) {
  const double weight[] = {0.1, -2.5, 3e-300, 7, 0, 0.3, 1e9, -1, 0.7, 2, 5};
  testing::on_every_target([&] {
    double sum[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1e300, 12};
    double expected[10];
    for (int i = 0; i < 10; ++i) expected[i] = 0.9 * sum[i] + 0.01 * weight[i];
    add_drift(sum, weight, 10, 0.9, 0.01);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(sum[i], expected[i]) << i;
    EXPECT_EQ(sum[10], 12);  // behind the end
  });
}

TEST(RowCatchUp, Sign) {
  compare([](float* w, float* m, const float*, std::size_t n) { drift_sign(w, m, n, 0.9, 0.01f); },
          [](float& w, float& m, float) {
            w = w - w * 0.1f - (m > 0 ? 0.01f : m < 0 ? -0.01f : 0.0f);
          });
}

TEST(RowCatchUp, DecayKeepsTheSign) {
  compare([](float*, float* m, const float*, std::size_t n) { decay_elements(m, n, 1e-43f); },
          [](float&, float& m, float) {
            const float least = std::numeric_limits<float>::min();
            m = m != 0 && std::abs(m) < least / 1e-43f ? std::copysign(least, m) : m * 1e-43f;
          });
  compare([](float*, float* m, const float*, std::size_t n) { decay_elements(m, n, 0.7); },
          [](float&, float& m, float) { m -= m * 0.3f; });
  float zero = -0.0f;
  decay_elements(&zero, 1, 0.0f);
  EXPECT_EQ(zero, 0.0f);
  float large = std::numeric_limits<float>::infinity();
  decay_elements(&large, 1, 0.999);
  EXPECT_EQ(large, std::numeric_limits<float>::infinity());
  float small = 1e-40f;  // and no factor, no change
  decay_elements(&small, 1, 1.0f);
  EXPECT_EQ(small, 1e-40f);
}

/// A thousand small decays: 1 - 2e-4 in float32 is off by 3e-8, which would be 3e-5 of a weight.
TEST(RowCatchUp, ManyDecaysAreAsOne) {
  float weights[] = {0.73f, -1.9f, 3e-3f};
  const float before[] = {weights[0], weights[1], weights[2]};
  for (int step = 0; step < 1000; ++step) decay_elements(weights, 3, 1 - 2e-4);
  for (int i = 0; i < 3; ++i) {
    const double expected = before[i] * std::pow(1 - 2e-4, 1000);
    EXPECT_NEAR(weights[i], expected, 3e-6 * std::abs(expected));  // sqrt(1000) half ulps, and luck
  }
}

/// As in the dense loop: m / infinity is 0, and what is no number stays none.
TEST(RowCatchUp, InfinityAndNaN) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const double c[] = {0.5, 0.25, 0.5};
  const auto after = [&](float m, float v) {
    std::vector<float> w(kMaxLength, 0.5f);
    const std::vector<float> means(kMaxLength, m);
    const std::vector<float> squares(kMaxLength, v);
    const DriftRow row{w.data(), means.data(), squares.data(), c, 1};
    drift_quotients(&row, 1, w.size(), 1e-7f, true, 2);
    for (const float x : w) EXPECT_EQ(std::memcmp(&x, w.data(), sizeof(x)), 0);
    return w[0];
  };
  EXPECT_EQ(after(1e19f, infinity), 0.25f);
  EXPECT_TRUE(std::isnan(after(infinity, infinity)));
  EXPECT_TRUE(std::isnan(after(nan, 1.0f)));
  EXPECT_TRUE(std::isnan(after(1.0f, nan)));
  float moment[] = {nan, infinity, -infinity};
  decay_elements(moment, 3, 0.5f);
  EXPECT_TRUE(std::isnan(moment[0]));
  EXPECT_EQ(moment[1], infinity);
  EXPECT_EQ(moment[2], -infinity);
}

/// Numbers below the normal ones neither move a weight nor cost time.
TEST(RowCatchUp, WhatIsBelowEpsilonMovesNothing) {
  for (const float m : {1e-40f, -1e-35f}) {
    float w = 0.5f;
    drift_one(w, m, 1e-41f, 1e-7f);
    EXPECT_EQ(w, 0.5f);
  }
}

}  // namespace
}  // namespace keratin::kernels
