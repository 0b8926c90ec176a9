// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"
#include "keratin/ops/axes.h"

namespace keratin::layers {

struct RMSNormalizationOptions {
  ops::Axes axis = -1;  // what is normalized together: one or several
  double epsilon = 1e-6;
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// scale x / sqrt(mean of squares + epsilon), the mean over `axis`; scale has the shape of these
/// axes, which must be known. Keras: knows no mask, so under MaskPolicy::kStrict a mask is an
/// error; lays scale along the last axes, whichever `axis` is.
class RMSNormalization final
    : public Configured<RMSNormalization, RMSNormalizationOptions, LayerOf<RMSNormalization>> {
 public:
  static constexpr std::string_view kName = "RMSNormalization";
  explicit RMSNormalization(RMSNormalizationOptions options = {});

  Shape compute_output_shape(const Shape& input_shape) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;

 private:
  void build_weights(const Shape& input_shape) override;
};

}  // namespace keratin::layers
