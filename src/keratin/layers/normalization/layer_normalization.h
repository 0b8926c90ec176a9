// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"
#include "keratin/ops/axes.h"

namespace keratin::layers {

struct LayerNormalizationOptions {
  ops::Axes axis = -1;  // what is normalized together: one or several
  double epsilon = 1e-3;
  bool center = true;        // whether there is a beta
  bool scale = true;         // whether there is a gamma
  bool rms_scaling = false;  // Keras: x / sqrt(variance + epsilon) times gamma; superseded
  Identifier<const initializers::Initializer> beta_initializer = "zeros";
  Identifier<const initializers::Initializer> gamma_initializer = "ones";
  Identifier<const regularizers::Regularizer> beta_regularizer = {};
  Identifier<const regularizers::Regularizer> gamma_regularizer = {};
  Identifier<const constraints::Constraint> beta_constraint = {};
  Identifier<const constraints::Constraint> gamma_constraint = {};
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// gamma (x - mean) / sqrt(variance + epsilon) + beta, mean and variance over `axis`: of each step
/// by itself. gamma and beta have the shape of these axes, which must be known. A mask passes
/// through.
class LayerNormalization final : public Configured<LayerNormalization, LayerNormalizationOptions,
                                                   LayerOf<LayerNormalization>> {
 public:
  static constexpr std::string_view kName = "LayerNormalization";
  explicit LayerNormalization(LayerNormalizationOptions options = {});

  Shape compute_output_shape(const Shape& input_shape) const override;
  bool supports_masking() const override { return true; }
  Values call(const Inputs& inputs, Pass& pass) const override;

 private:
  void build_weights(const Shape& input_shape) override;
};

}  // namespace keratin::layers
