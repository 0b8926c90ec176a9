// SPDX-License-Identifier: Apache-2.0
#include "keratin/kernels/smooth.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "support/every_target.h"
#include <gtest/gtest.h>

namespace keratin::kernels {
namespace {

using testing::on_every_target;

double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }
double distribution(double x) { return std::erfc(-x * std::numbers::sqrt2 / 2) / 2; }
double density(double x) { return std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi); }
double twice_u(double x) {
  return 2 * std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x);
}
double twice_u_slope(double x) {
  return 2 * std::sqrt(2 / std::numbers::pi) * (1 + 3 * 0.044715 * x * x);
}

struct Function {
  const char* name;
  void (*values)(std::int64_t, const float*, float*);
  void (*slopes)(std::int64_t, const float*, const float*, float*);
  double (*value)(double);
  double (*slope)(double);
  // What a slope is the sum of, where its terms cancel: their rounding stays.
  double (*terms)(double);
};

void tanh_slopes(std::int64_t count, const float* x, const float* dy, float* dx) {
  std::vector<float> y(static_cast<std::size_t>(count));
  tanh(count, x, y.data());
  tanh_back(count, y.data(), dy, dx);
}

constexpr EluShape kShape{.width = 2, .alpha = 1.5F, .scale = 1.25F};

const Function kFunctions[] = {
    {"sigmoid", sigmoid, nullptr, sigmoid_of, nullptr, nullptr},
    {"tanh", tanh, tanh_slopes, [](double x) { return std::tanh(x); },
     [](double x) { return 1 / std::pow(std::cosh(x), 2); }, [](double) { return 1.0; }},
    {"exp", exp, nullptr, [](double x) { return std::exp(x); }, nullptr, nullptr},
    {"expm1", expm1, nullptr, [](double x) { return std::expm1(x); }, nullptr, nullptr},
    {"elu", [](std::int64_t count, const float* x, float* y) { elu(count, kShape, x, y); }, nullptr,
     [](double x) { return x > 0 ? 1.25 * x : 1.25 * 1.5 * std::expm1(x / 2); }, nullptr, nullptr},
    {"log_sigmoid", log_sigmoid, nullptr, [](double x) { return -std::log1p(std::exp(-x)); },
     nullptr, nullptr},
    {"softplus", softplus, softplus_back, [](double x) { return std::log1p(std::exp(x)); },
     sigmoid_of, sigmoid_of},
    {"silu", silu, silu_back, [](double x) { return x * sigmoid_of(x); },
     [](double x) { return sigmoid_of(x) * (1 + x * sigmoid_of(-x)); },
     [](double x) { return sigmoid_of(x) * (1 + std::fabs(x) * sigmoid_of(-x)); }},
    {"gelu", gelu, gelu_back, [](double x) { return x * distribution(x); },
     [](double x) { return distribution(x) + x * density(x); },
     [](double x) { return distribution(x) + std::fabs(x) * density(x); }},
    {"gelu_by_tanh", gelu_by_tanh, gelu_by_tanh_back,
     [](double x) { return x * sigmoid_of(twice_u(x)); },
     [](double x) {
       const double s = sigmoid_of(twice_u(x));
       return s + x * s * sigmoid_of(-twice_u(x)) * twice_u_slope(x);
     },
     [](double x) {
       const double s = sigmoid_of(twice_u(x));
       return s * (1 + std::fabs(x) * sigmoid_of(-twice_u(x)) * twice_u_slope(x));
     }},
};

// exp is within 4 ulp of 6e-8; its argument, up to 22 here, is rounded, which is as many of the
// result, but for bell(), where that is made good.
double allowed(double x) { return 6e-8 * (8 + std::fabs(x) * std::fabs(x)); }

TEST(Smooth, ValuesAndSlopesAreTheExactOnes) {
  on_every_target([] {
    for (const Function& f : kFunctions) {
      std::vector<float> x;
      for (float v = -4.5F; v <= 4.5F; v += 0.0137F) x.push_back(v);
      const auto count = static_cast<std::int64_t>(x.size());
      std::vector<float> y(x.size()), dx(x.size());
      const std::vector<float> dy(x.size(), 1);
      f.values(count, x.data(), y.data());
      if (f.slopes) f.slopes(count, x.data(), dy.data(), dx.data());
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double at = x[i];
        EXPECT_NEAR(y[i], f.value(at), allowed(at) * std::fabs(f.value(at))) << f.name << " " << at;
        if (f.slopes) {
          EXPECT_NEAR(dx[i], f.slope(at), 2 * allowed(at) * f.terms(at)) << f.name << "' " << at;
        }
      }
    }
  });
}

TEST(Smooth, ExponentialsEndWhereFloatsDo) {
  on_every_target([] {
    const float x[] = {-1e30F, -110, -100, 0, 88, 89, 1e30F};
    float y[7], less[7], bent[7], logs[7];
    exp(7, x, y);
    expm1(7, x, less);
    elu(7, kShape, x, bent);
    log_sigmoid(7, x, logs);
    for (std::size_t i = 0; i < 7; ++i) {
      const auto wanted = static_cast<float>(std::exp(static_cast<double>(x[i])));
      const double near = 6e-8 * (8 + 100) * static_cast<double>(wanted);
      if (std::isinf(wanted)) {
        EXPECT_EQ(y[i], wanted);
        EXPECT_EQ(less[i], wanted);
      } else {
        EXPECT_NEAR(y[i], wanted, std::max(near, 2e-45)) << x[i];  // a step where floats end
        EXPECT_NEAR(less[i], wanted - 1, std::max(near, 1e-7)) << x[i];
      }
      EXPECT_EQ(bent[i], x[i] > 0 ? 1.25F * x[i] : x[i] < 0 ? -1.875F : 0.0F) << x[i];
      const double at = x[i], log = at < 0 ? at : -std::log1p(std::exp(-at));
      EXPECT_NEAR(logs[i], log, (at < 0 ? 0 : -6e-8 * (8 + 100) * log) + 2e-45) << x[i];
    }
  });
}

// The library's logarithms are within 4 ulp, 1.2e-7 of the result each; the quotient in log1p
// rounds twice more.
TEST(Smooth, LogarithmsAreThoseOfAllNumbers) {
  on_every_target([] {
    std::vector<float> x;
    for (double v = 1e-44; v < 3e38; v *= 1.37) x.push_back(static_cast<float>(v));
    for (float v = 0.5F; v < 2; v += 0.00037F) x.push_back(v);
    std::vector<float> near;  // 0, from -1 on
    for (double v = 1e-44; v < 3e38; v *= 1.37) {
      near.push_back(static_cast<float>(v));
      if (v < 1) near.push_back(static_cast<float>(-v));
    }
    for (float v = -0.9999F; v < 1; v += 0.00037F) near.push_back(v);
    std::vector<float> y(x.size()), z(near.size());
    log(std::ssize(x), x.data(), y.data());
    log1p(std::ssize(near), near.data(), z.data());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double wanted = std::log(static_cast<double>(x[i]));
      EXPECT_NEAR(y[i], wanted, 4.8e-7 * std::fabs(wanted)) << x[i];
    }
    for (std::size_t i = 0; i < near.size(); ++i) {
      const double wanted = std::log1p(static_cast<double>(near[i]));
      EXPECT_NEAR(z[i], wanted, 7.2e-7 * std::fabs(wanted)) << near[i];
    }
    const float infinity = std::numeric_limits<float>::infinity();
    const float ends[] = {0, -0.0F, infinity, -1, -2, -infinity, std::nanf("")};
    float logs[7], logs1p[7];
    log(7, ends, logs);
    log1p(7, ends, logs1p);
    for (std::size_t i = 0; i < 7; ++i) {
      const float at = std::log(ends[i]), behind = std::log1p(ends[i]);
      EXPECT_TRUE(logs[i] == at || (std::isnan(logs[i]) && std::isnan(at))) << ends[i];
      EXPECT_TRUE(logs1p[i] == behind || (std::isnan(logs1p[i]) && std::isnan(behind))) << ends[i];
    }
  });
}

TEST(Smooth, FarOutTheyAreTheirLimits) {
  on_every_target([] {
    for (const Function& f : kFunctions) {
      if (!f.slopes && f.values != sigmoid) continue;
      const bool bounded = f.values == sigmoid || f.values == tanh;
      for (const float x : {20.0F, 100.0F, 1e4F, 1e30F}) {
        float y = 0, below = 0, dx = 7, dx_below = 7;
        const float minus = -x, one = 1;
        f.values(1, &x, &y);
        f.values(1, &minus, &below);
        EXPECT_EQ(y, bounded ? 1 : x) << f.name << " " << x;
        EXPECT_NEAR(below, f.values == tanh ? -1 : 0, 1e-7) << f.name << " " << minus;
        if (!f.slopes) continue;
        f.slopes(1, &x, &one, &dx);
        f.slopes(1, &minus, &one, &dx_below);
        EXPECT_NEAR(dx, f.values == tanh ? 0 : 1, 1e-6) << f.name << "' " << x;
        EXPECT_NEAR(dx_below, 0, 1e-6) << f.name << "' " << minus;
      }
    }
  });
}

TEST(Smooth, NaNStaysAndAnElementHasTheSameBitsWhereverItStands) {
  on_every_target([] {
    for (const Function& f : kFunctions) {
      const float nan = std::nanf(""), one = 1;
      float y = 0, dx = 0;
      f.values(1, &nan, &y);
      EXPECT_TRUE(std::isnan(y)) << f.name;
      if (f.slopes) {
        f.slopes(1, &nan, &one, &dx);
        EXPECT_TRUE(std::isnan(dx)) << f.name;
      }
      std::vector<float> x, together(37), alone(37);
      for (int i = 0; i < 37; ++i) x.push_back(0.3F * static_cast<float>(i) - 5);
      f.values(37, x.data(), together.data());
      for (std::size_t i = 0; i < x.size(); ++i) f.values(1, &x[i], &alone[i]);
      EXPECT_EQ(together, alone) << f.name;
    }
  });
}

}  // namespace
}  // namespace keratin::kernels
