// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/kernel_layer.h"

namespace keratin::layers {

struct DenseOptions {
  std::int64_t units = 0;  // must be given
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
  DTypePolicy dtype = {};  // "float32", or of a quantized kernel: "int8_from_float32"
  std::optional<std::int64_t> lora_rank = {};
  std::optional<double> lora_alpha = {};
  std::optional<QuantizationConfig> quantization_config = {};
};

/// activation(x kernel + bias), along the last axis.
///   input   float32 (B, ..., N), at least two dimensions, N known when the layer is built
///   output  float32 (B, ..., units)
/// A mask passes through.
class Dense final : public Configured<Dense, DenseOptions, LayerOf<Dense, KernelLayer>> {
 public:
  static constexpr std::string_view kName = "Dense";
  explicit Dense(DenseOptions options);

  Shape compute_output_shape(const Shape& input_shape) const override;
  bool supports_masking() const override { return true; }
  Values call(const Inputs& inputs, Pass& pass) const override;

 private:
  void build_weights(const Shape& input_shape) override;
};

}  // namespace keratin::layers

extern template class keratin::Configured<
    keratin::layers::Dense, keratin::layers::DenseOptions,
    keratin::layers::LayerOf<keratin::layers::Dense, keratin::layers::KernelLayer>>;
