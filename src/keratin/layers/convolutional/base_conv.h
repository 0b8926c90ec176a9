// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "keratin/layers/layer.h"
#include "keratin/layers/per_axis.h"

namespace keratin::layers {

struct ConvOptions {
  std::int64_t filters = 0;  // must be given
  PerAxis kernel_size = {};  // must be given
  PerAxis strides = 1;
  std::string padding = "valid";  // or "same", and of one axis "causal"
  std::string data_format = "channels_last";
  PerAxis dilation_rate = 1;
  std::int64_t groups = 1;
  Identifier<const activations::Activation> activation = {};
  bool use_bias = true;
  Identifier<const initializers::Initializer> kernel_initializer = "glorot_uniform";
  Identifier<const initializers::Initializer> bias_initializer = "zeros";
  Identifier<const regularizers::Regularizer> kernel_regularizer = {};
  Identifier<const regularizers::Regularizer> bias_regularizer = {};
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  Identifier<const constraints::Constraint> kernel_constraint = {};
  Identifier<const constraints::Constraint> bias_constraint = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// What the convolutions of one and of two axes share: activation(windows of x times the kernel +
/// bias). Keras: knows no mask, so under MaskPolicy::kStrict a mask is an error.
class BaseConv : public Layer {
 public:
  Shape compute_output_shape(const Shape& input_shape) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;

 protected:
  /// `options` as checked() leaves them.
  BaseConv(std::string_view class_name, const ConvOptions& options);
  /// Brings them into one form, a number each axis. Throws std::invalid_argument for what cannot
  /// be.
  static const ConvOptions& checked(std::string_view who, std::size_t axes, ConvOptions& options);

 private:
  void build_weights(const Shape& input_shape) override;

  ConvOptions conv_;
};

}  // namespace keratin::layers
