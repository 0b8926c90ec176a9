// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/activations/along_axis.h"
#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"

namespace keratin::layers {

struct SoftmaxOptions {
  activations::LineAxes axis = -1;  // several are one line together
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// exp(x) / sum(exp(x)) along `axis`. A mask, which has the shape of the inputs, passes through:
/// what it masks has no part in the sums and is 0.
class Softmax final : public Configured<Softmax, SoftmaxOptions, LayerOf<Softmax>> {
 public:
  static constexpr std::string_view kName = "Softmax";
  explicit Softmax(SoftmaxOptions options = {});

  Shape compute_output_shape(const Shape& input_shape) const override;
  bool supports_masking() const override { return true; }
  Values call(const Inputs& inputs, Pass& pass) const override;
};

}  // namespace keratin::layers
