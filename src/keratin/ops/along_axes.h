// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "keratin/ops/axes.h"
#include "keratin/ops/op_of.h"
#include "keratin/ops/reducing.h"

/// What the ops over some axes have in common (reductions, statistics). Not installed.
namespace keratin::ops {

/// An op with axes that go, or stay as 1.
template <class Self>
struct AlongAxes : OpOf<Self> {
  Axes axis;
  bool keepdims = false;

  template <class F>
  void fields(F& f) {
    f("axis", axis);
    f("keepdims", keepdims);
  }
  std::vector<bool> reduced(const Shape& shape) const {
    return marked(axis.of(*this, shape.rank()), shape.rank());
  }
  Shape reduced_from(const Shape& shape) const {
    return reduced_shape(shape, reduced(shape), keepdims);
  }
};

}  // namespace keratin::ops
