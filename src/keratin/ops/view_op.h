// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/ops/op_of.h"
#include "keratin/ops/reducing.h"
#include "keratin/ops/strided.h"

/// Ops whose elements are those of their input in another order. Not installed.
namespace keratin::ops {

/// `Self` has `View view(const Shape& x) const`, which checks, and may be asked for shapes with
/// unknown dimensions, whose strides mean nothing; and where the result has another shape than the
/// view, `Shape shape_of(const Shape& x, const View& view) const`. Any type.
template <class Self>
struct ViewOp : OpOf<Self> {
  Shape shape_of(const Shape&, const View& view) const { return view.shape; }
  Spec spec(const Given& x) const {
    const Shape& shape = x[0].shape();
    return {self().shape_of(shape, self().view(shape)), x[0].dtype()};
  }
  Result compute(const Arguments& x) const {
    const View view = self().view(x[0].shape());
    const Shape shape = self().shape_of(x[0].shape(), view);
    if (is_in_order(view) && shape.size() == x[0].size()) {
      Result result{x[0].reshaped(shape)};
      if (x.wants_any()) {
        result.pullback = [shape = x[0].shape()](Slopes& slopes) {
          slopes.add(0, slopes.of().reshaped(shape));
        };
      }
      return result;
    }
    Result result{read(x[0], view).reshaped(shape)};
    if (x.wants_any()) {
      result.pullback = [view, shape = x[0].shape()](Slopes& slopes) {
        slopes.add(0, read_back(slopes.of().reshaped(view.shape), view, shape));
      };
    }
    return result;
  }

 private:
  const Self& self() const { return static_cast<const Self&>(*this); }
};

}  // namespace keratin::ops
