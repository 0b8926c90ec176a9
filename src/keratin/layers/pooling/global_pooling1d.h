// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/layer.h"
#include "keratin/layers/step_pooling.h"

namespace keratin::layers {

struct GlobalPooling1DOptions {
  std::string data_format = "channels_last";
  bool keepdims = false;
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// What the global pooling layers share: (B, T, D) -> (B, D), or (B, 1, D) with keepdims; of
/// data_format "channels_first" (B, D, T) -> (B, D), or (B, D, 1).
class GlobalPooling1D : public Layer, public StepPooling {
 public:
  Shape compute_output_shape(const Shape& input_shape) const override;
  /// A mask ends here.
  Values compute_mask(const Inputs&) const override { return {}; }
  bool keepdims() const final { return keepdims_; }
  bool channels_first() const final { return channels_first_; }
  Values call(const Inputs& inputs, Pass& pass) const override;

 protected:
  GlobalPooling1D(std::string_view class_name, const GlobalPooling1DOptions& options);

 private:
  bool channels_first_, keepdims_;
};

/// The mean over the steps; with a mask, over the steps in the mask.
/// A sample whose steps are all masked gives 0, and no step of it a gradient. Keras: NaN (0 / 0),
/// and so here under its mask policies.
class GlobalAveragePooling1D final
    : public Configured<GlobalAveragePooling1D, GlobalPooling1DOptions,
                        LayerOf<GlobalAveragePooling1D, GlobalPooling1D>> {
 public:
  static constexpr std::string_view kName = "GlobalAveragePooling1D";
  explicit GlobalAveragePooling1D(GlobalPooling1DOptions options = {});
  Pooling pooling() const override { return Pooling::kMean; }
  bool supports_masking() const override { return true; }
};

/// Ours, Keras has none: the sum over the steps; with a mask, over the steps in the mask.
class GlobalSumPooling1D final : public Configured<GlobalSumPooling1D, GlobalPooling1DOptions,
                                                   LayerOf<GlobalSumPooling1D, GlobalPooling1D>> {
 public:
  static constexpr std::string_view kName = "GlobalSumPooling1D";
  explicit GlobalSumPooling1D(GlobalPooling1DOptions options = {});
  Pooling pooling() const override { return Pooling::kSum; }
  bool supports_masking() const override { return true; }
};

/// The largest value over the steps. Keras: knows no mask, so under MaskPolicy::kStrict a mask is
/// an error. The gradient of a maximum that several steps share is divided among them, as JAX does.
class GlobalMaxPooling1D final : public Configured<GlobalMaxPooling1D, GlobalPooling1DOptions,
                                                   LayerOf<GlobalMaxPooling1D, GlobalPooling1D>> {
 public:
  static constexpr std::string_view kName = "GlobalMaxPooling1D";
  explicit GlobalMaxPooling1D(GlobalPooling1DOptions options = {});
  Pooling pooling() const override { return Pooling::kMax; }
};

}  // namespace keratin::layers
