// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"

namespace keratin::layers {

struct RescalingOptions {
  std::optional<std::vector<double>> scale = {};  // one for all, or one a channel; must be given
  std::vector<double> offset = {0};
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// scale x + offset, of integers too. A mask passes through.
class Rescaling final : public Configured<Rescaling, RescalingOptions, LayerOf<Rescaling>> {
 public:
  static constexpr std::string_view kName = "Rescaling";
  explicit Rescaling(RescalingOptions options);

  Shape compute_output_shape(const Shape& input_shape) const override;
  bool supports_masking() const override { return true; }
  Values call(const Inputs& inputs, Pass& pass) const override;
};

}  // namespace keratin::layers
