// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "keratin/layers/layer.h"
#include "keratin/ops/axes.h"
#include "keratin/ops/nn/normalization.h"

/// What the layers that normalize along some axes have in common. Not installed.
namespace keratin::layers {

/// The axes in ascending order, none negative. Throws std::invalid_argument where one is not there
/// or comes twice.
std::vector<std::int64_t> sorted_axes(const Layer& layer, const ops::Axes& axis,
                                      const Shape& shape);
/// The shape of these axes alone. Throws std::invalid_argument where one is not known, or is not
/// what the layer was built for.
Shape shape_of_axes(const Layer& layer, const std::vector<std::int64_t>& axes, const Shape& shape);
/// nn::normalize_rows along any axes; gamma and beta have their shape, or are none.
Value normalize_along(const Value& x, const std::vector<std::int64_t>& axes, ops::nn::RowNorm norm,
                      const Value& gamma, const Value& beta, double epsilon);

}  // namespace keratin::layers
