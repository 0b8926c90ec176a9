// SPDX-License-Identifier: Apache-2.0
#include "keratin/trainers/class_weight.h"

#include <cmath>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace keratin::trainers {
namespace {

std::vector<float> weights(const Tensor& y) {
  const Tensor out = class_weight_to_sample_weight("fit", y, {{0, 0.5}, {2, 3.0}, {-1, 7.0}});
  EXPECT_EQ(out.shape(), (Shape{y.shape()[0]}));
  const auto data = out.data<float>();
  return {data.begin(), data.end()};
}

TEST(ClassWeight, OfAllKindsOfLabels) {
  EXPECT_EQ(weights(Tensor::from<std::int32_t>({0, 1, 2, -1})), (std::vector<float>{0.5, 1, 3, 7}));
  EXPECT_EQ(weights(Tensor::from<std::uint8_t>({2, 0}, {2, 1})), (std::vector<float>{3, 0.5}));
  // numpy rounds halves to even: 0.5 -> 0, 1.5 -> 2, 2.5 -> 2.
  EXPECT_EQ(weights(Tensor::from<float>({0.5, 1.5, 2.5, 0.9f})),
            (std::vector<float>{0.5, 3, 3, 1}));
  EXPECT_EQ(weights(Tensor::from<float>({0, 0, 1, 1, 0, 0}, {2, 3})), (std::vector<float>{3, 0.5}));
  EXPECT_EQ(weights(Tensor::from<double>({0, 1, 1}, {1, 3})),
            (std::vector<float>{1}));  // the first of equals
}

TEST(ClassWeight, RefusesWhatIsNoClass) {
  EXPECT_THROW(weights(Tensor::from<float>({0, NAN})), std::invalid_argument);
  EXPECT_THROW(weights(Tensor::from<float>({0, INFINITY})), std::invalid_argument);
  EXPECT_THROW(weights(Tensor::zeros({2, 3, 4})), std::invalid_argument);
  EXPECT_THROW(weights(Tensor::zeros({2, 3, 1})), std::invalid_argument);
  EXPECT_THROW(class_weight_to_sample_weight("fit", Tensor(), {}), std::invalid_argument);
}

}  // namespace
}  // namespace keratin::trainers
