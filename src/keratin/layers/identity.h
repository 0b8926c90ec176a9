// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"

namespace keratin::layers {

struct IdentityOptions {
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// The inputs as they are, of any type; the memory is shared. A mask passes through.
class Identity final : public Configured<Identity, IdentityOptions, LayerOf<Identity>> {
 public:
  static constexpr std::string_view kName = "Identity";
  explicit Identity(IdentityOptions options = {});

  Shape compute_output_shape(const Shape& input_shape) const override;
  std::optional<DType> input_dtype() const override { return std::nullopt; }
  bool supports_masking() const override { return true; }
  Values call(const Inputs& inputs, Pass& pass) const override;
};

}  // namespace keratin::layers
