// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/base/pooling.h"
#include "keratin/layers/layer.h"

namespace keratin::layers {

struct GlobalPooling2DOptions {
  std::string data_format = "channels_last";
  bool keepdims = false;
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// What the global poolings of two axes share: (B, H, W, D) -> (B, D), or (B, 1, 1, D) with
/// keepdims; with "channels_first" of (B, D, H, W). Keras: they know no mask, so under
/// MaskPolicy::kStrict a mask is an error.
class GlobalPooling2D : public Layer {
 public:
  Shape compute_output_shape(const Shape& input_shape) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;

 protected:
  GlobalPooling2D(std::string_view class_name, Pooling pooling,
                  const GlobalPooling2DOptions& options);

 private:
  Pooling pooling_;
  bool channels_first_;
  bool keepdims_;
};

/// The largest value over rows and columns; equal ones share the gradient, as in JAX.
class GlobalMaxPooling2D final : public Configured<GlobalMaxPooling2D, GlobalPooling2DOptions,
                                                   LayerOf<GlobalMaxPooling2D, GlobalPooling2D>> {
 public:
  static constexpr std::string_view kName = "GlobalMaxPooling2D";
  explicit GlobalMaxPooling2D(GlobalPooling2DOptions options = {});
};

/// The mean over rows and columns.
class GlobalAveragePooling2D final
    : public Configured<GlobalAveragePooling2D, GlobalPooling2DOptions,
                        LayerOf<GlobalAveragePooling2D, GlobalPooling2D>> {
 public:
  static constexpr std::string_view kName = "GlobalAveragePooling2D";
  explicit GlobalAveragePooling2D(GlobalPooling2DOptions options = {});
};

}  // namespace keratin::layers
