// SPDX-License-Identifier: Apache-2.0
#include "keratin/metrics/mean_metric_wrapper.h"

#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace keratin::metrics {
namespace {

Tensor first_column(const Tensor&, const Tensor& y_pred) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < y_pred.shape()[0]; ++i) {
    values.push_back(y_pred.data<float>()[static_cast<std::size_t>(i * y_pred.shape()[1])]);
  }
  return Tensor::from(values);
}

const Tensor kPred = Tensor::from(std::vector<float>{1, 9, 3, 9, 8, 9}, Shape{3, 2});

TEST(MeanMetricWrapper, IsTheWeightedMeanOfTheFunctionsValues) {
  MeanMetricWrapper metric(first_column, {.name = "first"});
  EXPECT_EQ(metric.name(), "first");
  metric.update_state(kPred, kPred);
  EXPECT_FLOAT_EQ(metric.result().data<float>()[0], 4);  // (1 + 3 + 8) / 3
  metric.reset_state();
  const Tensor weights = Tensor::from(std::vector<float>{1, 3, 2});
  const Tensor mask = Tensor::from(std::vector<bool>{true, true, false}, Shape{3});
  metric.update_state(kPred, kPred, weights, mask);
  EXPECT_FLOAT_EQ(metric.result().data<float>()[0], 2.5f);  // (1 * 1 + 3 * 3) / 4
}

TEST(MeanMetricWrapper, SaysWhatIsMissing) {
  EXPECT_THROW(MeanMetricWrapper(MeanMetricWrapper::Function()), std::invalid_argument);
  MeanMetricWrapper metric([](const Tensor&, const Tensor&) { return Tensor(); });
  EXPECT_THROW(metric.update_state(kPred, kPred), std::invalid_argument);
  EXPECT_EQ(metric.result().data<float>()[0], 0);
}

}  // namespace
}  // namespace keratin::metrics
