// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"

namespace keratin::layers {

struct PermuteOptions {
  std::vector<std::int64_t> dims;  // must be given: the axes behind the batch, counted from 1
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// The axes behind the batch in another order: (B, 10, 64) -> (B, 64, 10) with dims {2, 1}. Of any
/// type.
/// Keras: does not carry a mask, which under MaskPolicy::kStrict is an error.
class Permute final : public Configured<Permute, PermuteOptions, LayerOf<Permute>> {
 public:
  static constexpr std::string_view kName = "Permute";
  explicit Permute(PermuteOptions options);

  Shape compute_output_shape(const Shape& input_shape) const override;
  std::optional<DType> input_dtype() const override { return std::nullopt; }
  Values call(const Inputs& inputs, Pass& pass) const override;
};

}  // namespace keratin::layers
