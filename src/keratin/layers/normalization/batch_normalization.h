// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"

namespace keratin::layers {

/// The bounds of the corrections of batch renormalization; none: there is none.
struct RenormClipping {
  std::optional<double> rmin = {}, rmax = {}, dmax = {};
};
Config to_config(const RenormClipping& clipping);
void from_config(const Config& config, RenormClipping& clipping);

struct BatchNormalizationOptions {
  std::int64_t axis = -1;  // of the channels
  double momentum = 0.99;  // in [0, 1]: how much of the moving statistics a step leaves
  double epsilon = 1e-3;
  bool center = true;  // whether there is a beta
  bool scale = true;   // whether there is a gamma
  Identifier<const initializers::Initializer> beta_initializer = "zeros";
  Identifier<const initializers::Initializer> gamma_initializer = "ones";
  Identifier<const initializers::Initializer> moving_mean_initializer = "zeros";
  Identifier<const initializers::Initializer> moving_variance_initializer = "ones";
  Identifier<const regularizers::Regularizer> beta_regularizer = {};
  Identifier<const regularizers::Regularizer> gamma_regularizer = {};
  Identifier<const constraints::Constraint> beta_constraint = {};
  Identifier<const constraints::Constraint> gamma_constraint = {};
  bool renorm = false;  // batch renormalization (Ioffe, 2017)
  std::optional<RenormClipping> renorm_clipping = {};
  double renorm_momentum = 0.99;
  bool synchronized = false;  // over several machines: there is one
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// gamma (x - mean) / sqrt(variance + epsilon) + beta, each channel of (B, ..., C) by itself. In
/// training by the statistics of the batch, and the moving ones follow when the step is taken;
/// else, and where the layer is not trainable, by the moving ones.
///   weights  gamma (C), beta (C), moving_mean (C), moving_variance (C), and with renorm
///            moving_stddev (C), renorm_mean (C), renorm_stddev (C)
/// A mask, (B, ...), passes through; the statistics are those of the steps in it.
/// A batch of no steps leaves the moving statistics. Keras: NaN.
class BatchNormalization final : public Configured<BatchNormalization, BatchNormalizationOptions,
                                                   LayerOf<BatchNormalization>> {
 public:
  static constexpr std::string_view kName = "BatchNormalization";
  explicit BatchNormalization(BatchNormalizationOptions options = {});

  Shape compute_output_shape(const Shape& input_shape) const override;
  bool supports_masking() const override { return true; }
  Values call(const Inputs& inputs, Pass& pass) const override;

 private:
  void build_weights(const Shape& input_shape) override;
  std::size_t axis_of(const Shape& input_shape) const;
  Value by_batch(const Value& x, std::size_t axis, const Tensor& mask, Pass& pass) const;
  Value gamma(const Pass& pass) const;
  Value beta(const Pass& pass) const;
  Variable& statistic(std::size_t index) const;
  void move(std::size_t index, const Tensor& towards, double momentum, Pass& pass) const;
};

}  // namespace keratin::layers
