// SPDX-License-Identifier: Apache-2.0
#include "keratin/kernels/projections.h"

#include <cmath>
#include <vector>

#include "support/every_target.h"
#include <gtest/gtest.h>

namespace keratin::kernels {
namespace {

/// `count` vectors of n, no two alike.
std::vector<double> vectors(std::int64_t count, std::int64_t n) {
  std::vector<double> found;
  for (std::int64_t i = 0; i < count * n; ++i)
    found.push_back(std::sin(static_cast<double>(i * i)));
  return found;
}

TEST(Projections, AreSubtractedOneAfterTheOther) {
  testing::on_every_target([] {
    for (const std::int64_t n : {1, 7, 16, 37}) {
      for (std::int64_t q_count = 0; q_count < 6; ++q_count) {
        std::vector<double> q(
            static_cast<std::size_t>(q_count * n));  // axes, so that they are orthogonal
        for (std::int64_t i = 0; i < std::min(q_count, n); ++i)
          q[static_cast<std::size_t>(i * n + (i * 5) % n)] = i % 2 == 0 ? 1 : -1;
        for (std::int64_t v_count = 1; v_count < 11; ++v_count) {
          std::vector<double> v = vectors(v_count, n), wanted = v;
          for (std::int64_t i = 0; i < std::min(q_count, n); ++i) {
            for (std::int64_t j = 0; j < v_count; ++j)
              wanted[static_cast<std::size_t>(j * n + (i * 5) % n)] = 0;
          }
          subtract_projections(q.data(), q_count, v.data(), v_count, n);
          EXPECT_EQ(v, wanted) << q_count << " of " << n << " from " << v_count;
        }
      }
    }
  });
}

TEST(Projections, OfAnyVectorNothingIsLeftInItsDirection) {
  testing::on_every_target([] {
    constexpr std::int64_t kN = 53;
    std::vector<double> q = vectors(1, kN), v = vectors(7, kN);
    double length = 0;
    for (const double x : q) length += x * x;
    for (double& x : q) x /= std::sqrt(length);
    std::vector<double> alone(v.begin() + 3 * kN, v.begin() + 4 * kN);
    subtract_projections(q.data(), 1, v.data(), 7, kN);
    for (std::size_t j = 0; j < 7; ++j) {
      double left = 0;
      for (std::size_t k = 0; k < kN; ++k) left += q[k] * v[j * kN + k];
      EXPECT_NEAR(left, 0, 1e-14) << j;  // 53 products below 1, each rounded
    }
    subtract_projections(q.data(), 1, alone.data(), 1, kN);
    EXPECT_EQ(alone, std::vector<double>(v.begin() + 3 * kN, v.begin() + 4 * kN));
  });
}

}  // namespace
}  // namespace keratin::kernels
