// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string_view>

#include "keratin/base/error.h"
#include "keratin/layers/convolutional/base_conv.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/layers/windows_fields.h"

/// What the convolutions have in common. Not installed.
namespace keratin::layers {

template <class F>
void fields(F& f, ConvOptions& o) {
  common_fields(f, o);
  f("filters", o.filters);
  f("kernel_size", o.kernel_size);
  f("strides", o.strides);
  f("padding", o.padding);
  f("data_format", o.data_format);
  f("dilation_rate", o.dilation_rate);
  f("groups", o.groups);
  f("activation", o.activation);
  f("use_bias", o.use_bias);
  kernel_and_bias_fields(f, o);
}

inline void check_filters(std::string_view who, std::int64_t filters) {
  if (filters <= 0) invalid_argument(who, "filters must be positive. Received: ", filters);
}

/// Keras: strides above 1 do not go together with dilation_rate above 1.
inline void check_not_both(std::string_view who, const PerAxis& strides, const PerAxis& dilation) {
  if (std::ranges::max(strides.list()) > 1 && std::ranges::max(dilation.list()) > 1) {
    invalid_argument(
        who, "strides above 1 do not go together with a dilation_rate above 1. Received: strides=",
        Shape(strides.list()), ", dilation_rate=", Shape(dilation.list()));
  }
}

/// Throws unless the channels are known, and those that the layer was built for, where it was.
inline void check_channels(const Layer& layer, const Shape& shape, std::size_t axis,
                           std::int64_t built_for) {
  if (shape[axis] == kNone) {
    invalid_argument(layer.class_name(), "layer '", layer.name(),
                     "' needs the channels of its inputs to be known. Received shape: ", shape);
  }
  if (built_for != kNone && shape[axis] != built_for) {
    invalid_argument(layer.class_name(), "layer '", layer.name(), "' was built for inputs of ",
                     built_for, " channels. Received shape: ", shape);
  }
}

}  // namespace keratin::layers
