// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/torch_optimizer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/apply_gradients.h"
#include <gtest/gtest.h>

#include "keratin/table/row_storage.h"

namespace keratin::optimizers {
namespace {

using ::keratin::testing::apply_gradients;
using Options = TorchOptimizerOptions;

constexpr std::int64_t kRows = 60, kWidth = 7;
constexpr int kSteps = 200;
constexpr double kEps = 0x1p-24;  // half of a last bit

/// One element of a dense parameter, in double, as the documentation of torch.optim has it.
struct Element {
  double w = 0;
  std::array<double, 3> s = {};

  void step(const Options& o, double lr, double g, int t) {
    w -= lr * o.weight_decay.value_or(0) * w;
    if (o.formula == "SGD") {
      s[0] = o.momentum * s[0] + g * (t == 1 ? 1 : 1 - o.dampening);
      w -= lr * (o.momentum == 0 ? g : o.nesterov ? g + o.momentum * s[0] : s[0]);
    } else if (o.formula == "RMSprop") {
      s[0] = o.alpha * s[0] + (1 - o.alpha) * g * g;
      s[1] = o.alpha * s[1] + (1 - o.alpha) * g;
      const double square = o.centered ? s[0] - s[1] * s[1] : s[0];
      s[2] = o.momentum * s[2] + g / (std::sqrt(square) + o.eps);
      w -= lr * s[2];
    } else if (o.formula == "Adagrad") {
      s[0] += g * g;
      w -= lr / (1 + (t - 1) * o.lr_decay) * g / (std::sqrt(s[0]) + o.eps);
    } else {
      s[0] = o.beta_1 * s[0] + (1 - o.beta_1) * g;
      s[1] = o.beta_2 * s[1] + (1 - o.beta_2) * g * g;
      s[2] = o.amsgrad ? std::max(s[2], s[1]) : s[1];
      const double root = std::sqrt(s[2] / (1 - std::pow(o.beta_2, t))) + o.eps;
      w -= lr / (1 - std::pow(o.beta_1, t)) * s[0] / root;
    }
  }
};

std::vector<Options> all() {
  std::vector<Options> result;
  for (const double momentum : {0.0, 0.9}) {
    result.push_back({.formula = "SGD", .momentum = momentum});
    result.push_back({.formula = "SGD", .weight_decay = 0.1, .momentum = momentum});
    for (const bool centered : {false, true}) {
      result.push_back({.formula = "RMSprop", .momentum = momentum, .centered = centered});
    }
  }
  result.push_back({.formula = "SGD", .momentum = 0.9, .dampening = 0.3});
  result.push_back({.formula = "SGD", .momentum = 0.9, .nesterov = true});
  result.push_back({.formula = "RMSprop", .alpha = 0.9, .eps = 1e-3});
  result.push_back({.formula = "Adagrad", .eps = 1e-10, .lr_decay = 0.01});
  result.push_back({.formula = "Adagrad", .eps = 0.1});
  result.push_back({.formula = "Adagrad", .eps = 0, .initial_accumulator_value = 0.1});
  for (const bool amsgrad : {false, true}) {
    for (const double eps : {1e-8, 1e-2}) {
      result.push_back({.formula = "Adam", .eps = eps, .amsgrad = amsgrad});
      result.push_back({.formula = "Adam", .weight_decay = 0.1, .eps = eps, .amsgrad = amsgrad});
      result.push_back({.formula = "Adam", .eps = eps, .beta_1 = 0.5, .beta_2 = 0.9});
    }
  }
  return result;
}

/// A step rounds the slots and the weight: some 8 roundings of the longest step and one of the
/// weight, which add up at most.
TEST(TorchOptimizer, ATableHasTheNumbersOfADenseStepInDouble) {
  for (const Options& o : all()) {
    SCOPED_TRACE(o.formula + " momentum " + std::to_string(o.momentum) + " eps " +
                 std::to_string(o.eps));
    const auto variable = std::make_shared<Variable>(
        "embedding/embeddings",
        std::make_shared<table::RowStorage>(Tensor::zeros({kRows, kWidth})));
    std::vector<Element> exact(static_cast<std::size_t>(kRows * kWidth));
    for (Element& e : exact) e.s[0] = o.initial_accumulator_value;
    TorchOptimizer optimizer(o);
    std::mt19937 engine(3);
    double longest = 0;
    for (int t = 1; t <= kSteps; ++t) {
      const float lr = t < 100 ? 0.01f : 0.003f;
      optimizer.set_learning_rate(static_cast<double>(lr));
      SparseRows rows{.ids = {static_cast<std::int64_t>(engine() % 20),
                              static_cast<std::int64_t>(20 + engine() % (kRows - 20))},
                      .values = Tensor::zeros({2, kWidth})};
      std::vector<double> dense(exact.size());
      const auto values = rows.values.data<float>();
      for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = static_cast<float>(engine()) / 4294967296.0f - 0.3f;
        const auto row = static_cast<std::size_t>(rows.ids[i / kWidth]);
        dense[row * kWidth + i % kWidth] = static_cast<double>(values[i]);
      }
      apply_gradients(optimizer, {{*variable, rows}});
      for (std::size_t i = 0; i < exact.size(); ++i) {
        const double before = exact[i].w;
        exact[i].step(o, static_cast<double>(lr), dense[i], t);
        longest = std::max(longest, std::abs(exact[i].w - before));
      }
    }
    double largest = 0;
    for (const Element& e : exact) largest = std::max(largest, std::abs(e.w));
    const double bound = kSteps * kEps * (8 * longest + largest);
    const Tensor value = variable->value();
    for (std::size_t i = 0; i < exact.size(); ++i)
      ASSERT_NEAR(static_cast<double>(value.data<float>()[i]), exact[i].w, bound) << i;
  }
}

TEST(TorchOptimizer, OptionsThatAreRefused) {
  for (const Options& o :
       {Options{.formula = "Lion"}, Options{.momentum = 1.0}, Options{.momentum = -0.1},
        Options{.formula = "RMSprop", .alpha = 1.0}, Options{.formula = "RMSprop", .eps = 0},
        Options{.formula = "Adagrad", .eps = 0}, Options{.formula = "Adam", .eps = 0},
        Options{.formula = "Adagrad", .initial_accumulator_value = -1},
        Options{.formula = "Adam", .beta_1 = 1.0}, Options{.formula = "Adam", .beta_2 = -0.5}}) {
    EXPECT_THROW(TorchOptimizer{o}, std::invalid_argument) << o.formula;
  }
}

}  // namespace
}  // namespace keratin::optimizers
