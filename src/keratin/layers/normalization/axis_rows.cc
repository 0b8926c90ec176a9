// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/normalization/axis_rows.h"

#include <algorithm>
#include <numeric>

#include "keratin/base/error.h"
#include "keratin/ops/shapes.h"

namespace keratin::layers {

std::vector<std::int64_t> sorted_axes(const Layer& layer, const ops::Axes& axis,
                                      const Shape& shape) {
  std::vector<std::int64_t> axes = axis.of(layer, shape.rank());
  std::ranges::sort(axes);
  return axes;
}

Shape shape_of_axes(const Layer& layer, const std::vector<std::int64_t>& axes, const Shape& shape) {
  Shape result;
  for (const std::int64_t axis : axes) result.push_back(shape[static_cast<std::size_t>(axis)]);
  if (!result.is_known()) {
    invalid_argument(
        layer.class_name(), "layer '", layer.name(),
        "' needs the axes along which it normalizes to be known. Received shape: ", shape);
  }
  if (layer.built() && !layer.weights().empty() && layer.weights()[0]->shape() != result) {
    invalid_argument(layer.class_name(), "layer '", layer.name(), "' was built for axes of ",
                     layer.weights()[0]->shape(), ". Received shape: ", shape);
  }
  return result;
}

Value normalize_along(const Value& x, const std::vector<std::int64_t>& axes, ops::nn::RowNorm norm,
                      const Value& gamma, const Value& beta, double epsilon) {
  const auto rank = static_cast<std::int64_t>(x.shape().rank());
  std::vector<std::int64_t> last(axes.size());
  std::iota(last.begin(), last.end(), rank - static_cast<std::int64_t>(axes.size()));
  std::int64_t width = 1;
  for (const std::int64_t axis : axes) width *= x.shape()[static_cast<std::size_t>(axis)];
  if (axes == last) return ops::nn::normalize_rows(x, width, norm, gamma, beta, epsilon);
  const Value y =
      ops::nn::normalize_rows(ops::moveaxis(x, axes, last), width, norm, gamma, beta, epsilon);
  return ops::moveaxis(y, last, axes);
}

}  // namespace keratin::layers
