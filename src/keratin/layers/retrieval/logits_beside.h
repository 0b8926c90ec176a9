// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <string_view>

#include "keratin/base/error.h"
#include "keratin/layers/layer.h"

/// Layers that change the logits of candidates by what they are told of these. Not installed.
namespace keratin::layers {

/// Farther than logits lie apart: puts one before all others, or behind them.
inline constexpr double kFar = std::numeric_limits<float>::max() / 100.0;

/// The shape, (..., C), that the first `same` of `all` values have. Throws std::invalid_argument
/// for other shapes and another number of values.
inline Shape logits_shape(const Layer& layer, const Inputs& inputs, std::size_t same,
                          std::size_t all) {
  if (inputs.size() != all) {
    invalid_argument(layer.class_name(), "layer '", layer.name(), "' takes ", all,
                     " values. Received: ", inputs.size());
  }
  Shape shape = inputs[0].shape();
  if (shape.rank() == 0) {
    invalid_argument(layer.class_name(), "layer '", layer.name(),
                     "': logits must have an axis of candidates. Received shape: ", shape);
  }
  for (std::size_t i = 1; i < same; ++i) {
    const Shape& other = inputs[i].shape();
    if (!other.is_compatible_with(shape)) {
      invalid_argument(layer.class_name(), "layer '", layer.name(),
                       "' takes values of one shape. Received: ", inputs[0].shape(), " and ",
                       other);
    }
    for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
      if (shape[axis] == kNone) shape[axis] = other[axis];
    }
  }
  return shape;
}

/// Throws std::invalid_argument unless `shape` is that of the last axes of `logits`, of one at
/// least.
inline void require_last_axes(const Layer& layer, const Shape& shape, const Shape& logits,
                              std::string_view what) {
  if (shape.rank() > 0 && shape.rank() <= logits.rank() &&
      shape.is_compatible_with(logits.from(logits.rank() - shape.rank())))
    return;
  invalid_argument(layer.class_name(), "layer '", layer.name(), "': ", what,
                   " must have the shape of the last axes of the logits. Received: ", shape,
                   " beside ", logits);
}

}  // namespace keratin::layers
