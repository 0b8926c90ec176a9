// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"

namespace keratin::layers {

struct ActivationOptions {
  Identifier<const activations::Activation> activation;  // must be given
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// An activation function as a layer of its own. A mask passes through.
class Activation final : public Configured<Activation, ActivationOptions, LayerOf<Activation>> {
 public:
  static constexpr std::string_view kName = "Activation";
  explicit Activation(ActivationOptions options);
  /// Activation("relu"), as Keras's first positional argument. A template, so that `{}` are
  /// options.
  template <std::convertible_to<Identifier<const activations::Activation>> Function>
  explicit Activation(Function activation)
      : Activation(ActivationOptions{.activation = std::move(activation)}) {}

  Shape compute_output_shape(const Shape& input_shape) const override;
  bool supports_masking() const override { return true; }
  Values call(const Inputs& inputs, Pass& pass) const override;
};

}  // namespace keratin::layers
