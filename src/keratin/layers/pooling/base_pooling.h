// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "keratin/base/pooling.h"
#include "keratin/layers/layer.h"
#include "keratin/layers/per_axis.h"

namespace keratin::layers {

struct PoolingOptions {
  PerAxis pool_size = 2;
  PerAxis strides = {};           // none: pool_size
  std::string padding = "valid";  // or "same"
  std::string data_format = "channels_last";
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// What the layers share that make one step of each window of steps. Keras: they know no mask, so
/// under MaskPolicy::kStrict a mask is an error.
class BasePooling : public Layer {
 public:
  Shape compute_output_shape(const Shape& input_shape) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;

 protected:
  /// `options` as checked() leaves them.
  BasePooling(std::string_view class_name, Pooling pooling, const PoolingOptions& options);
  /// Brings them into one form, a number each axis. Throws std::invalid_argument for what cannot
  /// be.
  static const PoolingOptions& checked(std::string_view who, std::size_t axes,
                                       PoolingOptions& options);

 private:
  Pooling pooling_;
  PoolingOptions windows_;
};

}  // namespace keratin::layers
