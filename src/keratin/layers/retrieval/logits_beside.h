// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/error.h"
#include "keratin/layers/layer.h"

/// Layers that change the logits of candidates by what they are told of these. Not installed.
namespace keratin::layers {

/// Whether two dimensions may be the same; what is not known may be anything.
inline bool may_be(std::int64_t a, std::int64_t b) { return a == b || a == kNone || b == kNone; }

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
    bool fits = other.rank() == shape.rank();
    for (std::size_t axis = 0; fits && axis < shape.rank(); ++axis) {
      fits = may_be(shape[axis], other[axis]);
      if (shape[axis] == kNone) shape[axis] = other[axis];
    }
    if (fits) continue;
    invalid_argument(layer.class_name(), "layer '", layer.name(),
                     "' takes values of one shape. Received: ", inputs[0].shape(), " and ", other);
  }
  return shape;
}

/// Throws std::invalid_argument unless `shape` is that of the last axes of `logits`, of one at
/// least.
inline void require_last_axes(const Layer& layer, const Shape& shape, const Shape& logits,
                              std::string_view what) {
  bool fits = shape.rank() > 0 && shape.rank() <= logits.rank();
  for (std::size_t i = 1; fits && i <= shape.rank(); ++i)
    fits = may_be(shape[shape.rank() - i], logits[logits.rank() - i]);
  if (fits) return;
  invalid_argument(layer.class_name(), "layer '", layer.name(), "': ", what,
                   " must have the shape of the last axes of the logits. Received: ", shape,
                   " beside ", logits);
}

}  // namespace keratin::layers
