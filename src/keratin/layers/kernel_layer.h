// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/base/quantization.h"
#include "keratin/layers/kinds.h"
#include "keratin/layers/layer.h"

namespace keratin::layers {

struct PackedKernel;

/// check_kinds(), of a kernel.
void check_kernel_kinds(std::string_view who, const Kinds& kinds, bool has_constraint);

/// What layers have in common that multiply by a kernel: it may be quantized, and may stand still
/// beside an update of low rank. Keras: `Dense`, `EinsumDense`.
class KernelLayer : public Layer {
 public:
  /// The kernel that inputs are multiplied with, of the update too, and of a quantized layer what
  /// its codes stand for: a copy. Throws std::invalid_argument before build().
  Tensor kernel() const;
  /// Of a quantized layer an int8 an element of the kernel. Throws std::invalid_argument for
  /// others.
  Tensor codes() const;

  /// The kernel becomes codes, which are not trained: int8 with a scale for each output, and inputs
  /// that become codes as they come; int4 with a scale and a zero point for each group of inputs of
  /// an output, or a scale alone. The weights are then Keras's: kernel (int8), kernel_scale and, of
  /// groups, zero_point (int8) and g_idx. Needs the layer alone. Throws std::invalid_argument, and
  /// changes nothing, for a layer that is not built or is quantized, a quantizer of other axes, and
  /// a kernel that is no matrix.
  void quantize(const QuantizationConfig& config) override;
  bool is_quantized() const override { return scale_ != nullptr; }
  std::string dtype() const override;
  /// How; null where it is not.
  const std::optional<QuantizationConfig>& quantization() const { return how_; }
  /// The codes as a matrix of inputs and outputs. Of a quantized layer.
  PackedKernel packed() const;
  /// How many axes of the kernel in front are summed over; 0: it is no matrix.
  std::int64_t summed_axes() const { return summed_; }

  /// Freezes the kernel and adds to it lora_alpha / rank times lora_kernel_a @ lora_kernel_b, two
  /// weights that are trained in its place: as the kernel but with `rank` as its last axis, and
  /// (rank, that axis). A file gets the kernel with the update in it. Needs the layer alone. Throws
  /// std::invalid_argument, and changes nothing, for a layer that is not built, has an update or a
  /// constraint of the kernel, and for a rank below 1.
  void enable_lora(std::int64_t rank, std::optional<double> lora_alpha = {},
                   Identifier<const initializers::Initializer> a_initializer = "he_uniform",
                   Identifier<const initializers::Initializer> b_initializer = "zeros");
  bool lora_enabled() const { return lora_a_ != nullptr; }
  std::vector<std::shared_ptr<Variable>> as_saved(
      std::vector<std::shared_ptr<Variable>> own) const override;

  const Kinds& kinds() const { return kinds_; }

 protected:
  /// Throws std::invalid_argument for kinds that do not fit each other.
  KernelLayer(const LayerOptions& options, Kinds kinds)
      : Layer(options), kinds_(std::move(kinds)) {}
  /// What a layer that is being built says of its kernel.
  struct Kernel {
    WeightOptions kernel;
    std::optional<WeightOptions> bias = {};
    Shape scale = {};         // that of int8 with a scale a column
    std::int64_t summed = 1;  // axes in front that are summed over; 0: it is no matrix
  };
  /// Kernel, bias and update.
  void build_kernel(const Kernel& form);
  const Shape& kernel_shape() const { return kernel_shape_; }
  const std::shared_ptr<Variable>& bias() const { return bias_; }
  /// The weight in this pass; none of none.
  Value value_of(const std::shared_ptr<Variable>& weight, const Pass& pass) const;
  /// The kernel with its update, of a layer that is not quantized.
  Value kernel_value(Pass& pass) const;
  /// x (..., inputs) by the kernel as a matrix, and the bias: (..., outputs).
  Value projected(const Value& x, const Value& bias, Pass& pass) const;

 private:
  std::int64_t matrix_rows() const;
  void require_matrix() const;
  std::shared_ptr<Variable> added(const WeightOptions& options);
  void add_packed(const PackedKernel& packed);
  void add_lora(std::int64_t rank, double alpha,
                const Identifier<const initializers::Initializer>& a,
                const Identifier<const initializers::Initializer>& b);
  Value update(Pass& pass) const;

  Kinds kinds_;
  Shape kernel_shape_, scale_shape_;
  std::int64_t summed_ = 1;
  float lora_scale_ = 0;
  std::shared_ptr<Variable> kernel_, bias_, scale_, zero_, groups_, lora_a_, lora_b_;
  Identifier<const regularizers::Regularizer> regularizer_;
  bool has_constraint_ = false;
  std::optional<QuantizationConfig> how_;  // of a quantized layer
};

/// Those of a layer's options. Throws std::invalid_argument where they do not fit each other.
template <class Options>
Kinds kinds_of(std::string_view who, const Options& o) {
  Kinds kinds = kinds_in(o);
  check_kernel_kinds(who, kinds, static_cast<bool>(o.kernel_constraint));
  return kinds;
}

}  // namespace keratin::layers
