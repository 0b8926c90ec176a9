// SPDX-License-Identifier: Apache-2.0
#include "keratin/losses/custom_loss.h"

#include <cmath>
#include <stdexcept>

#include <gtest/gtest.h>

#include "keratin/losses/regression_losses.h"

namespace keratin::losses {
namespace {

/// The mean of (y_pred - y_true)^2 over the last axis of (B, D), written as a user would.
CustomLoss::Values squares(const Tensor& y_true, const Tensor& y_pred, bool wants_gradient) {
  const auto t = y_true.data<float>();
  const auto p = y_pred.data<float>();
  const std::int64_t d = y_pred.shape()[1];
  std::vector<float> values(static_cast<std::size_t>(y_pred.shape()[0]), 0.0f);
  for (std::size_t i = 0; i < p.size(); ++i) {
    values[i / static_cast<std::size_t>(d)] +=
        (p[i] - t[i]) * (p[i] - t[i]) / static_cast<float>(d);
  }
  CustomLoss::Values result{.values = Tensor::from(values)};
  if (!wants_gradient) return result;
  result.pullback = [=](const Tensor& slope) {
    Tensor gradient = Tensor::zeros(y_pred.shape());
    for (std::size_t i = 0; i < p.size(); ++i) {
      gradient.data<float>()[i] = slope.data<float>()[i / static_cast<std::size_t>(d)] * 2 *
                                  (y_pred.data<float>()[i] - y_true.data<float>()[i]) /
                                  static_cast<float>(d);
    }
    return gradient;
  };
  return result;
}

const Tensor kTrue = Tensor::from(std::vector<float>{1, 9, 2, -5, -2, 6}, Shape{2, 3});
const Tensor kPred = Tensor::from(std::vector<float>{4, 8, 12, 8, 1, 3}, Shape{2, 3});

// The formula is MeanSquaredError's, so every number must be, whatever reduces it. Two floats of
// about 50 that were summed in another order differ by 1e-7 of them.
TEST(CustomLoss, IsReducedAsTheOthersAre) {
  const Tensor weights = Tensor::from(std::vector<float>{1.2f, 3.4f}, Shape{2});
  const Tensor mask = Tensor::from(std::vector<bool>{true, false}, Shape{2});
  for (const std::string reduction :
       {"sum_over_batch_size", "sum", "mean_with_sample_weight", "none"}) {
    const CustomLoss custom(squares, {.reduction = reduction, .name = "mine"});
    const MeanSquaredError known({.reduction = reduction});
    for (const Tensor& sample_weight : {Tensor(), weights}) {
      for (const Tensor& valid : {Tensor(), mask}) {
        const Tensor a = custom(kTrue, kPred, sample_weight, valid);
        const Tensor b = known(kTrue, kPred, sample_weight, valid);
        ASSERT_EQ(a.shape(), b.shape());
        for (std::size_t i = 0; i < a.data<float>().size(); ++i)
          EXPECT_NEAR(a.data<float>()[i], b.data<float>()[i], 3e-5) << reduction;
        const auto x = custom.value_and_gradient(kTrue, kPred, sample_weight, valid);
        const auto y = known.value_and_gradient(kTrue, kPred, sample_weight, valid);
        EXPECT_NEAR(x.loss, y.loss, 3e-5) << reduction;
        for (std::size_t i = 0; i < 6; ++i)
          EXPECT_NEAR(x.gradient.data<float>()[i], y.gradient.data<float>()[i], 3e-6) << reduction;
      }
    }
  }
}

TEST(CustomLoss, WhatIsMaskedMayBeNaN) {
  const CustomLoss loss([](const Tensor&, const Tensor& y_pred, bool) {
    return CustomLoss::Values{y_pred, [](const Tensor& slope) { return slope; }};
  });
  const Tensor pred = Tensor::from(std::vector<float>{NAN, 3}, Shape{2});
  const Tensor mask = Tensor::from(std::vector<bool>{false, true}, Shape{2});
  EXPECT_FLOAT_EQ(loss(pred, pred, {}, mask).data<float>()[0], 3);
  const auto result = loss.value_and_gradient(pred, pred, {}, mask);
  EXPECT_FLOAT_EQ(result.loss, 3);
  EXPECT_EQ(result.gradient.data<float>()[0], 0);
}

TEST(CustomLoss, SaysWhatIsMissing) {
  EXPECT_THROW(CustomLoss(CustomLoss::Function()), std::invalid_argument);
  const CustomLoss no_gradient([](const Tensor&, const Tensor& y_pred, bool) {
    return CustomLoss::Values{y_pred, {}};
  });
  EXPECT_NO_THROW(no_gradient(kTrue, kPred));
  EXPECT_THROW(no_gradient.value_and_gradient(kTrue, kPred), std::invalid_argument);
  const CustomLoss wrong_shape([](const Tensor&, const Tensor& y_pred, bool) {
    return CustomLoss::Values{y_pred, [](const Tensor&) { return Tensor::zeros(Shape{2}); }};
  });
  EXPECT_THROW(wrong_shape.value_and_gradient(kTrue, kPred), std::invalid_argument);
  const CustomLoss nothing([](const Tensor&, const Tensor&, bool) { return CustomLoss::Values{}; });
  EXPECT_THROW(nothing(kTrue, kPred), std::invalid_argument);
}

}  // namespace
}  // namespace keratin::losses
