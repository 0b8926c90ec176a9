// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/choices.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "keratin/ops/along_axes.h"
#include "keratin/ops/op_of.h"
#include "keratin/ops/reducing.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops {
namespace {

/// Where the first of the n elements x[0], x[inner] ... is that `better` leaves on top.
template <class T, class Better>
void choose(const Grouped& x, Tensor& y, Better better) {
  const T* in = x.elements.data<T>().data();
  std::int32_t* out = y.data<std::int32_t>().data();
  parallel::for_chunks(x.outer * x.inner,
                       std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(1, x.n)),
                       [&](std::int64_t begin, std::int64_t end) {
                         for (std::int64_t line = begin; line < end; ++line) {
                           const T* first = in + line / x.inner * x.n * x.inner + line % x.inner;
                           std::int64_t best = 0;
                           for (std::int64_t i = 1; i < x.n; ++i) {
                             if (better(first[i * x.inner], first[best * x.inner])) best = i;
                           }
                           out[line] = static_cast<std::int32_t>(best);
                         }
                       });
}

template <class Self, bool kLargest>
struct Choice : OpOf<Self> {
  std::optional<std::int64_t> axis;
  bool keepdims = false;

  template <class F>
  void fields(F& f) {
    f("axis", axis);
    f("keepdims", keepdims);
  }
  std::vector<bool> reduced(const Shape& shape) const {
    const Axes axes = axis ? Axes(*axis) : Axes();
    return marked(axes.of(*this, shape.rank()), shape.rank());
  }
  Spec spec(const Given& x) const {
    const Shape& shape = x[0].shape();
    const std::vector<bool> which = reduced(shape);
    for (std::size_t i = 0; i < shape.rank(); ++i) {
      if (!which[i] || (shape[i] != 0 && shape[i] <= std::numeric_limits<std::int32_t>::max()))
        continue;
      refuse(*this, "axis ", i, " must have from 1 to 2147483647 elements. ",
             "Received: a value of shape ", shape);
    }
    return {reduced_shape(shape, which, keepdims), DType::kInt32};
  }
  Result compute(const Arguments& x) const {
    Tensor y = uninitialized(spec(x).shape, DType::kInt32);
    const bool floats = is_floating(x[0].dtype());
    const Grouped all(cast(x[0], floats ? DType::kFloat32 : DType::kInt64), reduced(x[0].shape()));
    if (floats) {
      choose<float>(all, y, [](float next, float best) {
        return (kLargest ? next > best : next < best) || (std::isnan(next) && !std::isnan(best));
      });
    } else {
      choose<std::int64_t>(all, y, [](std::int64_t next, std::int64_t best) {
        return kLargest ? next > best : next < best;
      });
    }
    return {y};
  }
};
struct Argmax final : Choice<Argmax, true> {
  static constexpr std::string_view kName = "Argmax";
};
struct Argmin final : Choice<Argmin, false> {
  static constexpr std::string_view kName = "Argmin";
};

template <class O>
Value choice(const Value& x, std::optional<std::int64_t> axis, bool keepdims) {
  O op;
  op.axis = axis;
  op.keepdims = keepdims;
  return on(op, x);
}

}  // namespace

OpEntries choices_ops() { return op_entries<Argmax, Argmin>(); }

Value argmax(const Value& x, std::optional<std::int64_t> axis, bool keepdims) {
  return choice<Argmax>(x, axis, keepdims);
}
Value argmin(const Value& x, std::optional<std::int64_t> axis, bool keepdims) {
  return choice<Argmin>(x, axis, keepdims);
}

}  // namespace keratin::ops
