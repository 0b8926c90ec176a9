// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"

namespace keratin::layers {

struct ReshapeOptions {
  Shape target_shape;  // without the batch; one dimension may be -1: what is left over
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// (B, ...) -> (B, target_shape...), of any type; the memory is shared.
/// Keras: does not carry a mask, which under MaskPolicy::kStrict is an error.
class Reshape final : public Configured<Reshape, ReshapeOptions, LayerOf<Reshape>> {
 public:
  static constexpr std::string_view kName = "Reshape";
  explicit Reshape(ReshapeOptions options);

  Shape compute_output_shape(const Shape& input_shape) const override;
  std::optional<DType> input_dtype() const override { return std::nullopt; }
  Values call(const Inputs& inputs, Pass& pass) const override;
};

}  // namespace keratin::layers
