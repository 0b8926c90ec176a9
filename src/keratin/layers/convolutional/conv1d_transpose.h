// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"
#include "keratin/layers/per_axis.h"

namespace keratin::layers {

struct Conv1DTransposeOptions {
  std::int64_t filters = 0;  // must be given
  PerAxis kernel_size = {};  // must be given
  PerAxis strides = 1;
  std::string padding = "valid";  // or "same"
  PerAxis output_padding = {};    // steps behind the last; none: as many as padding asks for
  std::string data_format = "channels_last";
  PerAxis dilation_rate = 1;
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

/// The way back of a convolution over steps as a layer: what is at a step goes to all steps of a
/// window.
///   input   float32 (B, T, C), or (B, C, T) with "channels_first"; C known when it is built
///   output  (B, steps, filters): (T - 1) strides + the larger of strides and the window's span;
///           with "same" T strides; with output_padding, that many behind the last window
///   kernel  (kernel_size, filters, C)
/// Keras: knows no mask, so under MaskPolicy::kStrict a mask is an error.
class Conv1DTranspose final
    : public Configured<Conv1DTranspose, Conv1DTransposeOptions, LayerOf<Conv1DTranspose>> {
 public:
  static constexpr std::string_view kName = "Conv1DTranspose";
  explicit Conv1DTranspose(Conv1DTransposeOptions options);

  Shape compute_output_shape(const Shape& input_shape) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;
  /// How many steps come out of so many; kNone of kNone.
  std::int64_t output_steps(std::int64_t steps) const;
  /// How many places of the first window lie in front of the first step that comes out.
  std::int64_t steps_before() const;

 private:
  void build_weights(const Shape& input_shape) override;
};

}  // namespace keratin::layers
