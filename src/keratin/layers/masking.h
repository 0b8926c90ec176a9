// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"

namespace keratin::layers {

struct MaskingOptions {
  double mask_value = 0.0;
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// Masks the steps of (B, T, D) whose D values all equal mask_value, and sets them to 0.
class Masking final : public Configured<Masking, MaskingOptions, LayerOf<Masking>> {
 public:
  static constexpr std::string_view kName = "Masking";
  explicit Masking(MaskingOptions options = {});

  Shape compute_output_shape(const Shape& input_shape) const override;
  /// Of shape (B, T): true where any value differs from mask_value. A mask of the inputs is
  /// replaced, as in Keras.
  Values compute_mask(const Inputs& inputs) const override;
  bool supports_masking() const override { return true; }
  Values call(const Inputs& inputs, Pass& pass) const override;
};

}  // namespace keratin::layers
