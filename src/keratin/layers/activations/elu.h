// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"

namespace keratin::layers {

struct ELUOptions {
  double alpha = 1.0;
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// x, or alpha (exp(x) - 1) where x < 0. A mask passes through.
class ELU final : public Configured<ELU, ELUOptions, LayerOf<ELU>> {
 public:
  static constexpr std::string_view kName = "ELU";
  explicit ELU(ELUOptions options = {});

  Shape compute_output_shape(const Shape& input_shape) const override { return input_shape; }
  bool supports_masking() const override { return true; }
  Values call(const Inputs& inputs, Pass& pass) const override;
};

}  // namespace keratin::layers
