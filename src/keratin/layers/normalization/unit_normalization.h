// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"
#include "keratin/ops/axes.h"

namespace keratin::layers {

struct UnitNormalizationOptions {
  ops::Axes axis = -1;  // along which a vector lies: one or several
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// Vectors of length 1: x / |x| along `axis`; what is shorter than 1e-12 is divided by that. A mask
/// passes through.
class UnitNormalization final
    : public Configured<UnitNormalization, UnitNormalizationOptions, LayerOf<UnitNormalization>> {
 public:
  static constexpr std::string_view kName = "UnitNormalization";
  explicit UnitNormalization(UnitNormalizationOptions options = {});

  Shape compute_output_shape(const Shape& input_shape) const override;
  bool supports_masking() const override { return true; }
  Values call(const Inputs& inputs, Pass& pass) const override;
};

}  // namespace keratin::layers
