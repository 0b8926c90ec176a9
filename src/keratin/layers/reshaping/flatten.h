// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"

namespace keratin::layers {

struct FlattenOptions {
  std::string data_format = "channels_last";
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// (B, a, b, ...) -> (B, a * b * ...); (B,) -> (B, 1). Of any type; the memory is shared, but with
/// data_format "channels_first", where axis 1 becomes the last before the axes become one.
/// Keras: does not carry a mask, which under MaskPolicy::kStrict is an error.
class Flatten final : public Configured<Flatten, FlattenOptions, LayerOf<Flatten>> {
 public:
  static constexpr std::string_view kName = "Flatten";
  explicit Flatten(FlattenOptions options = {});

  Shape compute_output_shape(const Shape& input_shape) const override;
  std::optional<DType> input_dtype() const override { return std::nullopt; }
  Values call(const Inputs& inputs, Pass& pass) const override;
};

}  // namespace keratin::layers
