// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "keratin/base/pooling.h"
#include "keratin/layers/layer.h"
#include "keratin/layers/per_axis.h"

namespace keratin::layers {

struct AdaptivePoolingOptions {
  PerAxis output_size = 1;  // Keras has no default
  std::string data_format = "channels_last";
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// What the layers share that make so many windows of any number of steps, of one size or, where
/// that cannot be, of two, which may overlap. Keras: they know no mask, so under
/// MaskPolicy::kStrict a mask is an error.
class BaseAdaptivePooling : public Layer {
 public:
  /// Throws std::invalid_argument for another rank, and where there are no steps.
  Shape compute_output_shape(const Shape& input_shape) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;

 protected:
  /// `options` as checked() leaves them.
  BaseAdaptivePooling(std::string_view class_name, Pooling pooling,
                      const AdaptivePoolingOptions& options);
  /// Brings them into one form, a number each axis. Throws std::invalid_argument for what cannot
  /// be.
  static const AdaptivePoolingOptions& checked(std::string_view who, std::size_t axes,
                                               AdaptivePoolingOptions& options);

 private:
  Pooling pooling_;
  PerAxis output_size_;
  bool channels_first_;
};

}  // namespace keratin::layers
