// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"
#include "keratin/layers/per_axis.h"

/// Convolutions over steps in which each channel is one by itself. Keras: they know no mask, so
/// under MaskPolicy::kStrict a mask is an error.
namespace keratin::layers {

struct DepthwiseConv1DOptions {
  PerAxis kernel_size = {};  // must be given
  PerAxis strides = 1;
  std::string padding = "valid";      // or "same"
  std::int64_t depth_multiplier = 1;  // how many numbers each channel of a window gives
  std::string data_format = "channels_last";
  PerAxis dilation_rate = 1;
  Identifier<const activations::Activation> activation = {};
  bool use_bias = true;
  Identifier<const initializers::Initializer> depthwise_initializer = "glorot_uniform";
  Identifier<const initializers::Initializer> bias_initializer = "zeros";
  Identifier<const regularizers::Regularizer> depthwise_regularizer = {};
  Identifier<const regularizers::Regularizer> bias_regularizer = {};
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  Identifier<const constraints::Constraint> depthwise_constraint = {};
  Identifier<const constraints::Constraint> bias_constraint = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// (B, T, C) -> (B, windows, depth_multiplier C), with a kernel (kernel_size, C, depth_multiplier).
class DepthwiseConv1D final
    : public Configured<DepthwiseConv1D, DepthwiseConv1DOptions, LayerOf<DepthwiseConv1D>> {
 public:
  static constexpr std::string_view kName = "DepthwiseConv1D";
  explicit DepthwiseConv1D(DepthwiseConv1DOptions options);

  Shape compute_output_shape(const Shape& input_shape) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;

 private:
  void build_weights(const Shape& input_shape) override;
};

struct SeparableConv1DOptions {
  std::int64_t filters = 0;  // must be given
  PerAxis kernel_size = {};  // must be given
  PerAxis strides = 1;
  std::string padding = "valid";  // or "same"
  std::string data_format = "channels_last";
  PerAxis dilation_rate = 1;
  std::int64_t depth_multiplier = 1;
  Identifier<const activations::Activation> activation = {};
  bool use_bias = true;
  Identifier<const initializers::Initializer> depthwise_initializer = "glorot_uniform";
  Identifier<const initializers::Initializer> pointwise_initializer = "glorot_uniform";
  Identifier<const initializers::Initializer> bias_initializer = "zeros";
  Identifier<const regularizers::Regularizer> depthwise_regularizer = {};
  Identifier<const regularizers::Regularizer> pointwise_regularizer = {};
  Identifier<const regularizers::Regularizer> bias_regularizer = {};
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  Identifier<const constraints::Constraint> depthwise_constraint = {};
  Identifier<const constraints::Constraint> pointwise_constraint = {};
  Identifier<const constraints::Constraint> bias_constraint = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// The same, and a product with a second kernel (1, depth_multiplier C, filters) behind it:
/// (B, T, C) -> (B, windows, filters).
class SeparableConv1D final
    : public Configured<SeparableConv1D, SeparableConv1DOptions, LayerOf<SeparableConv1D>> {
 public:
  static constexpr std::string_view kName = "SeparableConv1D";
  explicit SeparableConv1D(SeparableConv1DOptions options);

  Shape compute_output_shape(const Shape& input_shape) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;

 private:
  void build_weights(const Shape& input_shape) override;
};

}  // namespace keratin::layers
