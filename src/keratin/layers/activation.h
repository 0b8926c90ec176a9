// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/layers/layer.h"

namespace keratin::layers {

struct ActivationOptions {
  Identifier<const activations::Activation> activation;  // must be given
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// An activation function as a layer of its own. A mask passes through.
class Activation final : public LayerOf<Activation> {
 public:
  using Options = ActivationOptions;
  explicit Activation(ActivationOptions options);
  /// Activation("relu"), as Keras's first positional argument. A template, so that `{}` are
  /// options.
  template <std::convertible_to<Identifier<const activations::Activation>> Function>
  explicit Activation(Function activation)
      : Activation(ActivationOptions{.activation = std::move(activation)}) {}
  static ActivationOptions options_from(const Config& config);

  Shape compute_output_shape(const Shape& input_shape) const override;
  bool supports_masking() const override { return true; }
  Values call(const Inputs& inputs, Pass& pass) const override;
  Config get_config() const override;

 private:
  ActivationOptions options_;
};

}  // namespace keratin::layers
