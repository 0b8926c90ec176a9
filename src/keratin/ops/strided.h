// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "keratin/base/shape.h"
#include "keratin/tensor/tensor.h"

/// Elements of a tensor in another order: transposed, sliced, reversed, repeated. Not installed.
namespace keratin::ops {

/// Which elements, and in which order: element (i, j ...) is element first + i strides[0] + j
/// strides[1] ... of the tensor that is looked at. A stride of 0 repeats.
struct View {
  Shape shape;
  Shape strides;  // a list of numbers, as many as axes
  std::int64_t first = 0;

  /// All elements of a tensor of that shape in their order. Unknown dimensions count as 0.
  static View all(const Shape& shape);
  View transposed(const std::vector<std::int64_t>& axes) const;
};

/// True where the view shows elements in the order in which they lie, from the first on.
bool is_in_order(const View& view);
/// The elements of the view, one behind another.
Tensor read(const Tensor& x, const View& view);
/// Writes the elements of `from` to where the view looks. Each place must be looked at once.
void write(const Tensor& from, Tensor& to, const View& view);
/// `x` repeated along axes of size 1 and new leading axes. Throws unless it broadcasts.
Tensor repeated_to(const Tensor& x, const Shape& shape);

}  // namespace keratin::ops
