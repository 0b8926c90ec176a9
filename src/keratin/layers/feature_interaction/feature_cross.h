// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"
#include "keratin/layers/named_values.h"

namespace keratin::layers {

struct FeatureCrossOptions {
  std::optional<std::int64_t> projection_dim = {};  // of a kernel in two parts; none: one part
  std::optional<double> diag_scale = 0.0;           // what is added to the diagonal of the kernel
  bool use_bias = true;
  Identifier<const activations::Activation> pre_activation = {};
  Identifier<const initializers::Initializer> kernel_initializer = "glorot_uniform";
  Identifier<const initializers::Initializer> bias_initializer = "zeros";
  Identifier<const regularizers::Regularizer> kernel_regularizer = {};
  Identifier<const regularizers::Regularizer> bias_regularizer = {};
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// x0 * (activation(x kernel + bias) + diag_scale x) + x: a layer of a deep and cross network. R.
/// Wang et al., "DCN V2: improved deep & cross network" (2021). KerasRS:
/// `keras_rs.layers.FeatureCross`.
///   x0      float32 (..., D)
///   x       float32, of the same shape: x0 where it is not given
///   output  float32 (..., D), with the mask of x0
class FeatureCross final
    : public Configured<FeatureCross, FeatureCrossOptions, LayerOf<FeatureCross>>,
      public NamedValues {
 public:
  static constexpr std::string_view kName = "FeatureCross";
  static constexpr std::string_view kPackage = "keras_rs";
  explicit FeatureCross(FeatureCrossOptions options);

  bool takes_several() const override { return true; }
  std::span<const std::string_view> value_names() const override;
  bool supports_masking() const override { return true; }
  Shape compute_output_shape(const Shape& input_shape) const override;
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override;
  std::vector<std::shared_ptr<Layer>> parts() const override { return parts_; }
  std::string_view name_of_part(std::size_t i) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;

 private:
  void build_weights(std::span<const Spec> inputs) override;

  std::vector<std::shared_ptr<Layer>> parts_;  // down_proj_dense (if any), dense
};

}  // namespace keratin::layers
