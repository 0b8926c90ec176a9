// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/layers/preprocessing/adapted.h"
#include "keratin/ops/axes.h"

namespace keratin::layers {

struct NormalizationOptions {
  ops::Axes axis = -1;  // each place along it has a mean and variance of its own; {}: one for all
  bool invert = false;  // true: from normalized numbers back
  /// Both, or null for those that adapt() learns; they are broadcast to the axes.
  Tensor mean = {}, variance = {};
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// (x - mean) / max(sqrt(variance), 1e-7). Mean and variance are weights that nothing trains:
/// "mean", "variance" and, as in Keras, an unused "count". A mask passes through.
class Normalization final
    : public Configured<Normalization, NormalizationOptions, LayerOf<Normalization, Adapted>> {
 public:
  static constexpr std::string_view kName = "Normalization";
  explicit Normalization(NormalizationOptions options = {});

  void reset_state() override;
  /// Builds the layer for the shape of the batch, if it is not. Keras: in float32, one batch after
  /// another.
  void update_state(const Tensor& batch) override;
  void finalize_state() override;

  Shape compute_output_shape(const Shape& input_shape) const override;
  bool supports_masking() const override { return true; }
  Values call(const Inputs& inputs, Pass& pass) const override;

 protected:
  void build_weights(const Shape& input_shape) override;

 private:
  /// Which axes of so many are kept, in order.
  std::vector<std::size_t> kept_axes(std::size_t rank) const;
  /// `shape` with 1 for each axis that is not kept.
  Shape broadcast_shape(const Shape& shape) const;
  void check_learns() const;

  struct Moments {
    std::vector<double> mean, variance;
    double count = 0;
  };
  Moments of(const Tensor& batch) const;
  Moments seen_;
};

}  // namespace keratin::layers
