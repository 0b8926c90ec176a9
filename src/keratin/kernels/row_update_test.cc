// SPDX-License-Identifier: Apache-2.0
#include "keratin/kernels/row_update.h"

#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <hwy/highway.h>

#include "keratin/kernels/norm.h"

namespace keratin::kernels {
namespace {

constexpr std::size_t kMaxLength = 67;  // four vectors of the widest registers, and every tail
constexpr std::size_t kMaxSlots = 3;

/// A kernel, and its formula on one element: slots s[0], s[1] ... as the kernel takes them.
struct Case {
  std::string name;
  std::size_t slots;
  std::function<void(const UpdatedRows& rows)> kernel;
  std::function<void(float& w, float g, float* s)> formula;
};

struct Data {
  std::vector<float> w, g;
  std::vector<std::vector<float>> slots;
};

/// Weights and gradients of both signs over five decades, zeros among the gradients; slots >= 0.
Data make_data(std::size_t n, std::size_t slots) {
  std::uint32_t state = 12345;
  const auto next = [&] {
    state = state * 1664525u + 1013904223u;
    return static_cast<float>(state >> 8) / 16777216.0f - 0.5f;
  };
  const auto spread = [&] { return next() * std::pow(10.0f, next() * 5.0f); };
  Data data;
  for (std::size_t i = 0; i < n; ++i) {
    data.w.push_back(next());
    data.g.push_back(i % 5 == 3 ? 0.0f : spread());
  }
  data.slots.resize(slots);
  for (auto& slot : data.slots) {
    for (std::size_t i = 0; i < n; ++i) slot.push_back(std::fabs(spread()) + 0.01f);
  }
  return data;
}

float sign(float x) { return x > 0 ? 1.0f : x < 0 ? -1.0f : x; }

std::vector<Case> momentum_cases() {
  const MomentumScalars s{.momentum = 0.9f, .gain = -0.1f, .rate = 0.7f, .ahead = -0.2f};
  return {
      {"sgd", 0, [](const UpdatedRows& rows) { sgd_update(rows, 0.1f); },
       [](float& w, float g, float*) { w -= g * 0.1f; }},
      {"momentum", 1, [s](const UpdatedRows& rows) { momentum_update(rows, false, s); },
       [s](float& w, float g, float* p) {
         p[0] = p[0] * s.momentum + g * s.gain;
         w += p[0] * s.rate;
       }},
      {"nesterov", 1, [s](const UpdatedRows& rows) { momentum_update(rows, true, s); },
       [s](float& w, float g, float* p) {
         p[0] = p[0] * s.momentum + g * s.gain;
         w += p[0] * s.rate + g * s.ahead;
       }},
  };
}

std::vector<Case> rmsprop_cases() {
  const RMSpropScalars s{.learning_rate = 0.01f,
                         .rho = 0.9f,
                         .one_minus_rho = 0.1f,
                         .epsilon = 1e-7f,
                         .momentum = 0.8f,
                         .outer_epsilon = 1e-3f,
                         .rate = 0.6f};
  std::vector<Case> cases;
  for (const bool centered : {false, true}) {
    for (const bool momentum : {false, true}) {
      // A variance may come out below zero: then the root is NaN, as in Keras.
      const auto kernel = [=](const UpdatedRows& rows) {
        rmsprop_update(rows, momentum, centered, s);
      };
      const std::size_t average = momentum ? 2 : 1;
      const auto formula = [=](float& w, float g, float* p) {
        p[0] = s.rho * p[0] + s.one_minus_rho * (g * g);
        float d = p[0] + s.epsilon;
        if (centered) {
          p[average] = s.rho * p[average] + s.one_minus_rho * g;
          d = p[0] - p[average] * p[average] + s.epsilon;
        }
        const float step = s.learning_rate * g / (std::sqrt(d) + s.outer_epsilon);
        if (momentum) p[1] = s.momentum * p[1] + step;
        w -= momentum ? p[1] * s.rate : step;
      };
      const std::string name =
          std::string("rmsprop") + (centered ? " centered" : "") + (momentum ? " momentum" : "");
      cases.push_back({name, 3, kernel, formula});
    }
  }
  return cases;
}

std::vector<Case> adam_cases() {
  const AdamScalars s{
      .alpha = 0.002f, .one_minus_beta_1 = 0.1f, .one_minus_beta_2 = 0.001f, .epsilon = 1e-7f};
  const AdamaxScalars x{.learning_rate = 0.01f,
                        .one_minus_beta_1 = 0.1f,
                        .beta_2 = 0.99f,
                        .one_minus_beta_1_power = 0.27f,
                        .epsilon = 1e-7f};
  const NadamScalars d{.learning_rate = 0.01f,
                       .one_minus_beta_1 = 0.1f,
                       .one_minus_beta_2 = 0.001f,
                       .one_minus_beta_2_power = 0.003f,
                       .next_u = 0.5f,
                       .one_minus_u = 0.52f,
                       .one_minus_u_product = 0.9f,
                       .one_minus_next_u_product = 0.95f,
                       .epsilon = 1e-7f};
  return {
      {"adam", 2, [s](const UpdatedRows& rows) { adam_update(rows, s); },
       [s](float& w, float g, float* p) {
         p[0] += (g - p[0]) * s.one_minus_beta_1;
         p[1] += (g * g - p[1]) * s.one_minus_beta_2;
         w -= p[0] * s.alpha / (std::sqrt(p[1]) + s.epsilon);
       }},
      {"amsgrad", 3, [s](const UpdatedRows& rows) { amsgrad_update(rows, s); },
       [s](float& w, float g, float* p) {
         p[0] += (g - p[0]) * s.one_minus_beta_1;
         p[1] += (g * g - p[1]) * s.one_minus_beta_2;
         p[2] = std::max(p[2], p[1]);
         w -= p[0] * s.alpha / (std::sqrt(p[2]) + s.epsilon);
       }},
      {"adamax", 2, [x](const UpdatedRows& rows) { adamax_update(rows, x); },
       [x](float& w, float g, float* p) {
         p[0] += (g - p[0]) * x.one_minus_beta_1;
         p[1] = std::max(x.beta_2 * p[1], std::fabs(g));
         w -= x.learning_rate * p[0] / (x.one_minus_beta_1_power * (p[1] + x.epsilon));
       }},
      {"nadam", 2, [d](const UpdatedRows& rows) { nadam_update(rows, d); },
       [d](float& w, float g, float* p) {
         p[0] += (g - p[0]) * d.one_minus_beta_1;
         p[1] += (g * g - p[1]) * d.one_minus_beta_2;
         const float m_hat = d.next_u * p[0] / d.one_minus_next_u_product +
                             d.one_minus_u * g / d.one_minus_u_product;
         w -= m_hat * d.learning_rate / (std::sqrt(p[1] / d.one_minus_beta_2_power) + d.epsilon);
       }},
  };
}

std::vector<Case> adaptive_cases() {
  const AdagradScalars a{.learning_rate = 0.1f, .epsilon = 1e-7f, .outer_epsilon = 1e-3f};
  const AdadeltaScalars d{
      .learning_rate = 0.5f, .rho = 0.95f, .one_minus_rho = 0.05f, .epsilon = 1e-7f};
  const LionScalars l{.learning_rate = 0.01f,
                      .beta_1 = 0.9f,
                      .one_minus_beta_1 = 0.1f,
                      .beta_2 = 0.99f,
                      .one_minus_beta_2 = 0.01f};
  return {
      {"adagrad", 1, [a](const UpdatedRows& rows) { adagrad_update(rows, a); },
       [a](float& w, float g, float* p) {
         p[0] += g * g;
         w -= a.learning_rate * g / (std::sqrt(p[0] + a.epsilon) + a.outer_epsilon);
       }},
      {"adadelta", 2, [d](const UpdatedRows& rows) { adadelta_update(rows, d); },
       [d](float& w, float g, float* p) {
         p[0] = d.rho * p[0] + d.one_minus_rho * (g * g);
         const float step = -(std::sqrt(p[1] + d.epsilon) * g / std::sqrt(p[0] + d.epsilon));
         p[1] = d.rho * p[1] + d.one_minus_rho * (step * step);
         w += d.learning_rate * step;
       }},
      {"lion", 1,
       [l](const UpdatedRows& rows) {
         if (rows.n > 0) rows.first->slots[0][0] = 0;  // with g[0] = 0 below: the sign of zero
         lion_update(rows, l);
       },
       [l](float& w, float g, float* p) {
         w -= l.learning_rate * sign(p[0] * l.beta_1 + g * l.one_minus_beta_1);
         p[0] = p[0] * l.beta_2 + g * l.one_minus_beta_2;
       }},
  };
}

std::vector<Case> ftrl_cases() {
  std::vector<Case> cases;
  for (const float power : {0.5f, 0.7f}) {
    const FtrlScalars s{.learning_rate = 0.1f,
                        .power = power,
                        .l1 = 0.05f,
                        .twice_l2 = 0.3f,
                        .twice_shrinkage = 0.02f};
    const auto raise = [power](float x) {
      return power == 0.5f ? std::sqrt(x) : std::pow(x, power);
    };
    cases.push_back(
        {"ftrl " + std::to_string(power), 2, [s](const UpdatedRows& rows) { ftrl_update(rows, s); },
         [s, raise](float& w, float g, float* p) {
           const float grown = p[0] + g * g;
           p[1] += g + s.twice_shrinkage * w - (raise(grown) - raise(p[0])) / s.learning_rate * w;
           const float clipped = std::min(std::max(p[1], -s.l1), s.l1);
           w = (clipped - p[1]) / (raise(grown) / s.learning_rate + s.twice_l2);
           p[0] = grown;
         }});
  }
  return cases;
}

template <class Body>
void for_each(const UpdatedRows& rows, const Body& body) {
  for (std::size_t i = 0; i < rows.count; ++i) body(rows.first[i]);
}

std::vector<Case> simple_cases() {
  return {
      {"decay", 0,
       [](const UpdatedRows& rows) {
         for_each(rows, [&](const UpdatedRow& row) { decay_update(row.w, rows.n, 0.3f, 0.1f); });
       },
       [](float& w, float, float*) { w -= w * 0.3f * 0.1f; }},
      {"average", 1,
       [](const UpdatedRows& rows) {
         for_each(rows, [&](const UpdatedRow& row) {
           average_update(row.slots[0], row.w, rows.n, 0.9f);
         });
       },
       [](float& w, float, float* p) { p[0] = 0.9f * p[0] + (1.0f - 0.9f) * w; }},
      {"scale", 0,
       [](const UpdatedRows& rows) {
         for_each(rows, [&](const UpdatedRow& row) { scale_elements(row.w, rows.n, 0.3f, 0.7f); });
       },
       [](float& w, float, float*) { w = w * 0.3f / 0.7f; }},
      {"clip", 0,
       [](const UpdatedRows& rows) {
         for_each(rows, [&](const UpdatedRow& row) { clip_elements(row.w, rows.n, 0.2f); });
       },
       [](float& w, float, float*) { w = std::min(std::max(w, -0.2f), 0.2f); }},
  };
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) && std::isnan(b[i]))
      continue;  // a NaN's sign differs between instruction sets
    if (std::memcmp(&a[i], &b[i], sizeof(float)) != 0) return false;
  }
  return true;
}

/// Both on two rows, n of kMaxLength + 1 elements of each: the rest must stay.
void check(const Case& c, std::size_t n) {
  constexpr std::size_t kRow = kMaxLength + 1;
  Data got = make_data(2 * kRow, kMaxSlots);
  if (c.name == "lion") got.g[0] = 0;
  Data wanted = got;
  if (c.name == "lion" && n > 0) wanted.slots[0][0] = 0;
  std::array<UpdatedRow, 2> rows;
  for (std::size_t r = 0; r < 2; ++r) {
    rows[r] = {got.g.data() + r * kRow, got.w.data() + r * kRow};
    for (std::size_t k = 0; k < kMaxSlots; ++k) rows[r].slots[k] = got.slots[k].data() + r * kRow;
  }
  c.kernel({rows.data(), rows.size(), n});
  for (std::size_t i = 0; i < 2 * kRow; ++i) {
    if (i % kRow >= n) continue;
    float of_one[kMaxSlots];
    for (std::size_t k = 0; k < kMaxSlots; ++k) of_one[k] = wanted.slots[k][i];
    c.formula(wanted.w[i], wanted.g[i], of_one);
    for (std::size_t k = 0; k < kMaxSlots; ++k) wanted.slots[k][i] = of_one[k];
  }
  EXPECT_TRUE(same_bits(got.w, wanted.w)) << c.name << " w, n = " << n;
  for (std::size_t k = 0; k < kMaxSlots; ++k) {
    EXPECT_TRUE(same_bits(got.slots[k], wanted.slots[k]))
        << c.name << " slot " << k << ", n = " << n;
  }
}

void check_all(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    for (std::size_t n = 0; n <= kMaxLength; ++n) check(c, n);
  }
}

/// Runs on every instruction set that is compiled in and this machine has.
class RowUpdate : public ::testing::TestWithParam<std::int64_t> {
 protected:
  void SetUp() override { hwy::SetSupportedTargetsForTest(GetParam()); }
  void TearDown() override { hwy::SetSupportedTargetsForTest(0); }
};

TEST_P(RowUpdate, MomentumMatchesTheFormula) { check_all(momentum_cases()); }
TEST_P(RowUpdate, RMSpropMatchesTheFormula) { check_all(rmsprop_cases()); }
TEST_P(RowUpdate, AdamMatchesTheFormula) { check_all(adam_cases()); }
TEST_P(RowUpdate, AdaptiveMatchesTheFormula) { check_all(adaptive_cases()); }
TEST_P(RowUpdate, FtrlMatchesTheFormula) { check_all(ftrl_cases()); }
TEST_P(RowUpdate, SimpleMatchesTheFormula) { check_all(simple_cases()); }

TEST_P(RowUpdate, SumOfSquaresIsTheSameForEveryTarget) {
  std::vector<float> x;
  for (std::size_t n = 0; n <= 3 * kMaxLength; ++n) {
    std::array<double, 32> sums{};
    for (std::size_t i = 0; i < n - n % 32; ++i)
      sums[i % 32] += static_cast<double>(x[i]) * static_cast<double>(x[i]);
    double wanted = std::accumulate(sums.begin(), sums.end(), 0.0);
    for (std::size_t i = n - n % 32; i < n; ++i)
      wanted += static_cast<double>(x[i]) * static_cast<double>(x[i]);
    EXPECT_EQ(sum_of_squares(x.data(), n), wanted) << n;
    x.push_back(std::sin(static_cast<float>(n)) * 1000.0f);
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, RowUpdate,
                         ::testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& info) { return std::string(hwy::TargetName(info.param)); });

TEST(SumOfSquares, IsExactForIntegers) {
  std::vector<float> x;
  double wanted = 0;
  for (std::size_t n = 0; n <= kMaxLength; ++n) {
    EXPECT_EQ(sum_of_squares(x.data(), n), wanted);
    x.push_back(static_cast<float>(n) - 20.0f);
    wanted += static_cast<double>(x.back()) * x.back();
  }
}

}  // namespace
}  // namespace keratin::kernels
