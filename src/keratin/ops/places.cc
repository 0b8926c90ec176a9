// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/places.h"

#include <cstddef>
#include <utility>
#include <vector>

#include "keratin/ops/axes.h"
#include "keratin/ops/gathering.h"
#include "keratin/ops/op_of.h"
#include "keratin/ops/strided.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops {
namespace {

Shape flat(const Shape& shape) { return {shape.is_known() ? shape.size() : kNone}; }

struct Take final : OpOf<Take> {
  static constexpr std::string_view kName = "Take";
  static constexpr std::size_t kInputs = 2;
  std::optional<std::int64_t> axis;

  template <class F>
  void fields(F& f) {
    f("axis", axis);
  }
  Spec spec(const Given& x) const {
    require_places(*this, x[1].dtype());
    const Shape shape = axis ? x[0].shape() : flat(x[0].shape());
    const std::size_t at = axis_of(*this, axis.value_or(0), shape.rank());
    Shape out;
    append(out, shape, 0, at);
    append(out, x[1].shape(), 0, x[1].shape().rank());
    append(out, shape, at + 1, shape.rank());
    return {out, x[0].dtype()};
  }
  Result compute(const Arguments& x) const {
    const Spec out = spec(x);
    const Tensor from = axis ? x[0] : x[0].reshaped(flat(x[0].shape()));
    const std::size_t at = axis_of(*this, axis.value_or(0), from.shape().rank());
    std::vector<std::int64_t> places = places_in(*this, x[1], from.shape()[at]);
    Result result{uninitialized(out.shape, out.dtype)};
    take_slices(from, at, places, result.outputs[0]);
    if (x.wants_any()) {
      result.pullback = [places = std::move(places), at, shape = from.shape(),
                         own = x[0].shape()](Slopes& slopes) {
        slopes.add(0, add_slices(slopes.of(), at, places, shape).reshaped(own));
      };
    }
    return result;
  }
};

/// out[i] = x[at[i]] of elements as a vector, and back.
Result elements_at(const Arguments& x, const Shape& shape, std::vector<std::int64_t> at) {
  Result result{uninitialized(shape, x[0].dtype())};
  const Tensor from = x[0].reshaped(flat(x[0].shape()));
  take_slices(from, 0, at, result.outputs[0]);
  if (x.wants_any()) {
    result.pullback = [at = std::move(at), own = x[0].shape()](Slopes& slopes) {
      const Tensor slope = slopes.of().reshaped({slopes.of().size()});
      slopes.add(0, add_slices(slope, 0, at, flat(own)).reshaped(own));
    };
  }
  return result;
}

struct TakeAlongAxis final : OpOf<TakeAlongAxis> {
  static constexpr std::string_view kName = "TakeAlongAxis";
  static constexpr std::size_t kInputs = 2;
  std::optional<std::int64_t> axis;

  template <class F>
  void fields(F& f) {
    f("axis", axis);
  }
  Spec spec(const Given& x) const {
    require_places(*this, x[1].dtype());
    Shape shape = axis ? x[0].shape() : flat(x[0].shape());
    const Shape& indices = x[1].shape();
    if (shape.rank() != indices.rank()) {
      refuse(*this, "indices must have as many axes as the value. Received: shapes ", shape,
             " and ", indices);
    }
    const std::size_t at = axis_of(*this, axis.value_or(0), shape.rank());
    shape[at] = indices[at];
    for (std::size_t i = 0; i < shape.rank(); ++i) {
      if (i == at || shape[i] == indices[i] || indices[i] == 1) continue;
      if (shape[i] == 1 || shape[i] == kNone) {
        shape[i] = indices[i];
      } else if (indices[i] != kNone) {
        refuse(*this, "indices must have the shape of the value but for the axis. Received: ",
               x[0].shape(), " and ", indices);
      }
    }
    return {shape, x[0].dtype()};
  }
  Result compute(const Arguments& x) const {
    const Spec out = spec(x);
    const Shape from = axis ? x[0].shape() : flat(x[0].shape());
    const std::size_t at = axis_of(*this, axis.value_or(0), from.rank());
    const Tensor indices = repeated_to(x[1], out.shape);
    std::vector<std::int64_t> places = places_in(*this, indices, from[at]);
    // The element of x that each of the result begins from, at place 0 of the axis.
    View base = View::all(from);
    const std::int64_t stride = base.strides[at];
    for (std::size_t i = 0; i < from.rank(); ++i) {
      if (i == at || (from[i] == 1 && out.shape[i] != 1)) base.strides[i] = 0;
    }
    const AroundAxis around(out.shape, at);
    std::vector<std::int64_t> position(out.shape.rank());
    std::int64_t offset = 0;
    for (std::int64_t& place : places) {
      place = offset + place * stride;
      for (std::size_t i = position.size(); i-- > 0;) {
        offset += base.strides[i];
        if (++position[i] < out.shape[i]) break;
        offset -= base.strides[i] * out.shape[i];
        position[i] = 0;
      }
    }
    return elements_at(x, out.shape, std::move(places));
  }
};

struct Gather final : OpOf<Gather> {
  static constexpr std::string_view kName = "Gather";
  static constexpr std::size_t kInputs = 2;
  Spec spec(const Given& x) const {
    return {named_shape(*this, x[1].shape(), x[1].dtype(), x[0].shape()), x[0].dtype()};
  }
  Result compute(const Arguments& x) const {
    const Spec out = spec(x);
    const auto axes = static_cast<std::size_t>(x[1].shape().back());
    const Shape rows = joined(x[0].shape(), axes);
    std::vector<std::int64_t> places = flat_places(*this, x[1], x[0].shape());
    Result result{uninitialized(out.shape, out.dtype)};
    take_slices(x[0].reshaped(rows), 0, places, result.outputs[0]);
    if (x.wants_any()) {
      result.pullback = [places = std::move(places), rows, own = x[0].shape()](Slopes& slopes) {
        slopes.add(0, add_slices(slopes.of(), 0, places, rows).reshaped(own));
      };
    }
    return result;
  }
};

}  // namespace

OpEntries places_ops() { return op_entries<Take, TakeAlongAxis, Gather>(); }

Value take(const Value& x, const Value& indices, std::optional<std::int64_t> axis) {
  Take op;
  op.axis = axis;
  return on(op, {x, indices});
}
Value take_along_axis(const Value& x, const Value& indices, std::optional<std::int64_t> axis) {
  TakeAlongAxis op;
  op.axis = axis;
  return on(op, {x, indices});
}
Value gather(const Value& x, const Value& indices) { return on(Gather(), {x, indices}); }
}  // namespace keratin::ops
