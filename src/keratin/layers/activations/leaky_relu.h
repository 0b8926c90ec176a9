// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"

namespace keratin::layers {

struct LeakyReLUOptions {
  double negative_slope = 0.3;  // 0 or more. Keras 2: alpha
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// x, or negative_slope x where x < 0. A mask passes through.
class LeakyReLU final : public Configured<LeakyReLU, LeakyReLUOptions, LayerOf<LeakyReLU>> {
 public:
  static constexpr std::string_view kName = "LeakyReLU";
  explicit LeakyReLU(LeakyReLUOptions options = {});

  Shape compute_output_shape(const Shape& input_shape) const override { return input_shape; }
  bool supports_masking() const override { return true; }
  Values call(const Inputs& inputs, Pass& pass) const override;
};

}  // namespace keratin::layers
