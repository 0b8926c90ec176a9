// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"

namespace keratin::layers {

struct ReLUOptions {
  std::optional<double> max_value = {};  // none: there is no largest
  double negative_slope = 0;
  double threshold = 0;
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// x between threshold and max_value, max_value above, negative_slope * (x - threshold) below. A
/// mask passes through.
class ReLU final : public Configured<ReLU, ReLUOptions, LayerOf<ReLU>> {
 public:
  static constexpr std::string_view kName = "ReLU";
  explicit ReLU(ReLUOptions options = {});

  Shape compute_output_shape(const Shape& input_shape) const override;
  bool supports_masking() const override { return true; }
  Values call(const Inputs& inputs, Pass& pass) const override;
};

}  // namespace keratin::layers
