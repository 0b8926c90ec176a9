// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"

namespace keratin::layers {

struct RepeatVectorOptions {
  std::int64_t n = 0;  // must be given
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// Each vector `n` times: (B, D) -> (B, n, D). Of any type.
/// Keras: does not carry a mask, which under MaskPolicy::kStrict is an error.
class RepeatVector final
    : public Configured<RepeatVector, RepeatVectorOptions, LayerOf<RepeatVector>> {
 public:
  static constexpr std::string_view kName = "RepeatVector";
  explicit RepeatVector(RepeatVectorOptions options);

  Shape compute_output_shape(const Shape& input_shape) const override;
  std::optional<DType> input_dtype() const override { return std::nullopt; }
  Values call(const Inputs& inputs, Pass& pass) const override;
};

}  // namespace keratin::layers
