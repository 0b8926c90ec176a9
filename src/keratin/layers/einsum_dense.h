// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/kernel_layer.h"

namespace keratin::layers {

struct EinsumDenseOptions {
  std::string equation;     // must be given: "ab,bc->ac", "...ab,bc->...ac" or "ab...,bc->ac..."
  Shape output_shape = {};  // without the batch and what "..." stands for; kNone: as the input's
  Identifier<const activations::Activation> activation = {};
  std::optional<std::string> bias_axes = {};  // letters of the output; none: no bias
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

/// activation(einsum(equation, x, kernel) + bias): a Dense along any axes.
///   input   float32, an axis a letter of the equation's first term; those that are summed over,
///           and those that the kernel shares, known when the layer is built
///   output  float32, an axis a letter of the last term
/// Initializers that scale by the size of the kernel see the summed axes as inputs and the others
/// as outputs. Keras: knows no mask, so under MaskPolicy::kStrict a mask is an error.
class EinsumDense final
    : public Configured<EinsumDense, EinsumDenseOptions, LayerOf<EinsumDense, KernelLayer>> {
 public:
  static constexpr std::string_view kName = "EinsumDense";
  explicit EinsumDense(EinsumDenseOptions options);

  Shape compute_output_shape(const Shape& input_shape) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;

 private:
  /// The letters of the three terms, and where the others are.
  struct Equation {
    std::string input, kernel, output;
    bool left = false, right = false;  // which side "..." is on

    explicit Equation(const std::string& text);
    /// Where the sum is the product of a matrix: the summed axes are the last of the input and the
    /// first of the kernel, and the others stand in their order.
    std::size_t summed_last() const;
  };
  struct Shapes {
    Shape kernel, bias, output;
    std::vector<std::int64_t> summed, kept;  // axes of the kernel
  };
  Shapes shapes_for(const Shape& input_shape) const;
  void build_weights(const Shape& input_shape) override;

  Equation equation_;
};

}  // namespace keratin::layers

extern template class keratin::Configured<
    keratin::layers::EinsumDense, keratin::layers::EinsumDenseOptions,
    keratin::layers::LayerOf<keratin::layers::EinsumDense, keratin::layers::KernelLayer>>;
