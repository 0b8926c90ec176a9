// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/joins.h"

#include <algorithm>
#include <string>
#include <utility>

#include "keratin/ops/axes.h"
#include "keratin/ops/op_of.h"
#include "keratin/ops/result_type.h"
#include "keratin/ops/strided.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops {
namespace {

/// Elements [first, first + count) of an axis.
View cut(const Shape& shape, std::size_t axis, std::int64_t first, std::int64_t count) {
  View view = View::all(shape);
  view.first = first * view.strides[axis];
  view.shape[axis] = count;
  return view;
}

/// Values of one shape but for `axis`; kNone where none of them knows.
Shape common_shape(const Operation& op, const Given& xs, std::size_t axis) {
  Shape shape = xs[0].shape();
  for (const Value& x : xs) {
    bool fits = x.shape().rank() == shape.rank();
    for (std::size_t i = 0; fits && i < shape.rank(); ++i) {
      if (i == axis) continue;
      if (shape[i] == kNone) shape[i] = x.shape()[i];
      fits = x.shape()[i] == kNone || x.shape()[i] == shape[i];
    }
    if (!fits) {
      refuse(op, "the values must have one shape", axis < shape.rank() ? " but for the axis" : "",
             ". Received: ", xs[0].shape(), " and ", x.shape());
    }
  }
  return shape;
}

DType common_type(const Given& xs) {
  DType dtype = xs[0].dtype();
  for (std::size_t i = 1; i < xs.size(); ++i) dtype = result_type(dtype, xs[i].dtype());
  return dtype;
}

struct Concatenate final : OpOf<Concatenate> {
  static constexpr std::string_view kName = "Concatenate";
  static constexpr std::size_t kInputs = kSome;
  std::int64_t axis = 0;

  template <class F>
  void fields(F& f) {
    f("axis", axis);
  }
  Spec spec(const Given& xs) const {
    const std::size_t at = axis_of(*this, axis, xs[0].shape().rank());
    Shape shape = common_shape(*this, xs, at);
    shape[at] = 0;
    for (const Value& x : xs) {
      const std::int64_t size = x.shape()[at];
      shape[at] = size == kNone || shape[at] == kNone ? kNone : shape[at] + size;
    }
    return {shape, common_type(xs)};
  }
  Result compute(const Arguments& x) const {
    const Spec out = spec(x);
    const std::size_t at = axis_of(*this, axis, out.shape.rank());
    Result result{uninitialized(out.shape, out.dtype)};
    std::vector<View> views;
    std::int64_t first = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::int64_t count = x[i].shape()[at];
      views.push_back(cut(out.shape, at, first, count));
      write(cast(x[i], out.dtype), result.outputs[0], views.back());
      first += count;
    }
    if (x.wants_any()) {
      result.pullback = [views = std::move(views)](Slopes& slopes) {
        for (std::size_t i = 0; i < views.size(); ++i) {
          if (slopes.wants(i)) slopes.add(i, read(slopes.of(), views[i]));
        }
      };
    }
    return result;
  }
};

struct Stack final : OpOf<Stack> {
  static constexpr std::string_view kName = "Stack";
  static constexpr std::size_t kInputs = kSome;
  std::int64_t axis = 0;

  template <class F>
  void fields(F& f) {
    f("axis", axis);
  }
  Spec spec(const Given& xs) const {
    const std::size_t rank = xs[0].shape().rank();
    const std::size_t at = axis_of(*this, axis, rank + 1);
    const Shape one = common_shape(*this, xs, rank);
    Shape shape;
    for (std::size_t i = 0; i <= rank; ++i) {
      shape.push_back(i == at ? static_cast<std::int64_t>(xs.size()) : one[i < at ? i : i - 1]);
    }
    return {shape, common_type(xs)};
  }
  Result compute(const Arguments& x) const {
    const Spec out = spec(x);
    const std::size_t at = axis_of(*this, axis, out.shape.rank());
    Result result{uninitialized(out.shape, out.dtype)};
    for (std::size_t i = 0; i < x.size(); ++i) {
      write(cast(x[i], out.dtype), result.outputs[0],
            cut(out.shape, at, static_cast<std::int64_t>(i), 1));
    }
    if (x.wants_any()) {
      result.pullback = [out, at, count = x.size(), one = x[0].shape()](Slopes& slopes) {
        for (std::size_t i = 0; i < count; ++i) {
          if (!slopes.wants(i)) continue;
          slopes.add(
              i,
              read(slopes.of(), cut(out.shape, at, static_cast<std::int64_t>(i), 1)).reshaped(one));
        }
      };
    }
    return result;
  }
};

/// Parts of one value along an axis: the outputs, of these shapes, and their way back.
Result parts_of(const Arguments& x, const std::vector<View>& views,
                const std::vector<Spec>& specs) {
  Result result;
  for (std::size_t i = 0; i < views.size(); ++i) {
    result.outputs.push_back(read(x[0], views[i]).reshaped(specs[i].shape));
  }
  if (x.wants_any()) {
    result.pullback = [views, shape = x[0].shape()](Slopes& slopes) {
      Tensor slope = Tensor::zeros(shape);
      for (std::size_t i = 0; i < views.size(); ++i) {
        if (slopes.of(i)) write(slopes.of(i), slope, views[i]);
      }
      slopes.add(0, std::move(slope));
    };
  }
  return result;
}

/// `Self` has kEven: whether so many parts must be of one size.
template <class Self>
struct Cut : OpOf<Self> {
  Axes indices_or_sections = 1;  // one: how many; a list: where
  std::int64_t axis = 0;

  template <class F>
  void fields(F& f) {
    f("indices_or_sections", indices_or_sections);
    f("axis", axis);
  }
  void validate() const {
    if (indices_or_sections.is_none() ||
        (indices_or_sections.is_one() && indices_or_sections.list()[0] < 1)) {
      refuse(*this, "indices_or_sections must be a positive number, or a list of places.");
    }
  }
  /// Where the parts end, of an axis of that size.
  std::vector<std::int64_t> ends(std::int64_t size) const {
    std::vector<std::int64_t> result;
    if (indices_or_sections.is_one()) {
      const std::int64_t sections = indices_or_sections.list()[0];
      const std::int64_t larger = size % sections;  // so many have one element more
      if (Self::kEven && larger != 0) {
        refuse(*this, "axis ", axis, " of size ", size, " does not split into ", sections,
               " parts of one size.");
      }
      for (std::int64_t i = 1; i <= sections; ++i)
        result.push_back(size / sections * i + std::min(i, larger));
      return result;
    }
    for (const std::int64_t place : indices_or_sections.list()) {
      result.push_back(std::clamp<std::int64_t>(place < 0 ? place + size : place, 0, size));
    }
    result.push_back(size);
    if (!std::is_sorted(result.begin(), result.end())) {
      refuse(*this, "the places to split at must be in order.");
    }
    return result;
  }
  std::vector<Spec> specs(const Given& x) const {
    Shape shape = x[0].shape();
    const std::size_t at = axis_of(*this, axis, shape.rank());
    std::vector<Spec> result;
    if (shape[at] == kNone) {
      const auto& list = indices_or_sections.list();
      const bool one = indices_or_sections.is_one();
      const std::size_t count = one ? static_cast<std::size_t>(list[0]) : list.size() + 1;
      for (std::size_t i = 0; i < count; ++i) {
        const bool known = !one && i + 1 < count && list[i] >= 0 && (i == 0 || list[i - 1] >= 0);
        shape[at] = kNone;
        if (known) shape[at] = std::max<std::int64_t>(0, list[i] - (i == 0 ? 0 : list[i - 1]));
        result.push_back({shape, x[0].dtype()});
      }
      return result;
    }
    std::int64_t first = 0;
    for (const std::int64_t end : ends(x[0].shape()[at])) {
      shape[at] = std::max<std::int64_t>(0, end - first);
      result.push_back({shape, x[0].dtype()});
      first = end;
    }
    return result;
  }
  Result compute(const Arguments& x) const {
    const std::vector<Spec> out = specs(x);
    const Shape& shape = x[0].shape();
    const std::size_t at = axis_of(*this, axis, shape.rank());
    const std::vector<std::int64_t> end = ends(shape[at]);
    std::vector<View> views;
    for (std::size_t i = 0; i < out.size(); ++i) {
      views.push_back(cut(shape, at, i == 0 ? 0 : end[i - 1], out[i].shape[at]));
    }
    return parts_of(x, views, out);
  }
};

struct Split final : Cut<Split> {
  static constexpr std::string_view kName = "Split";
  static constexpr bool kEven = true;
};

struct ArraySplit final : Cut<ArraySplit> {
  static constexpr std::string_view kName = "ArraySplit";
  static constexpr bool kEven = false;
};

struct Unstack final : OpOf<Unstack> {
  static constexpr std::string_view kName = "Unstack";
  std::optional<std::int64_t> num;
  std::int64_t axis = 0;

  template <class F>
  void fields(F& f) {
    f("num", num);
    f("axis", axis);
  }
  std::vector<Spec> specs(const Given& x) const {
    const Shape& shape = x[0].shape();
    const std::size_t at = axis_of(*this, axis, shape.rank());
    const std::int64_t count = shape[at] == kNone ? num.value_or(kNone) : shape[at];
    if (count < 0) refuse(*this, "num is wanted where the size of the axis is not known.");
    if (num && *num != count) {
      refuse(*this, "num must be the size of axis ", axis, ". Received: ", *num,
             " for a value of shape ", shape);
    }
    Shape rest;
    for (std::size_t i = 0; i < shape.rank(); ++i) {
      if (i != at) rest.push_back(shape[i]);
    }
    return std::vector<Spec>(static_cast<std::size_t>(count), Spec{rest, x[0].dtype()});
  }
  Result compute(const Arguments& x) const {
    const std::vector<Spec> out = specs(x);
    const std::size_t at = axis_of(*this, axis, x[0].shape().rank());
    std::vector<View> views;
    for (std::size_t i = 0; i < out.size(); ++i) {
      views.push_back(cut(x[0].shape(), at, static_cast<std::int64_t>(i), 1));
    }
    return parts_of(x, views, out);
  }
};

}  // namespace

OpEntries joins_ops() { return op_entries<Concatenate, Stack, Split, ArraySplit, Unstack>(); }

Value concatenate(const Values& xs, std::int64_t axis) {
  Concatenate op;
  op.axis = axis;
  return on(op, xs);
}
Value stack(const Values& xs, std::int64_t axis) {
  Stack op;
  op.axis = axis;
  return on(op, xs);
}
Values split(const Value& x, std::int64_t sections, std::int64_t axis) {
  Split op;
  op.indices_or_sections = sections;
  op.axis = axis;
  return on(op, x);
}
Values split(const Value& x, const std::vector<std::int64_t>& indices, std::int64_t axis) {
  Split op;
  op.indices_or_sections = Axes(indices);
  op.axis = axis;
  return on(op, x);
}
Values array_split(const Value& x, std::int64_t sections, std::int64_t axis) {
  ArraySplit op;
  op.indices_or_sections = sections;
  op.axis = axis;
  return on(op, x);
}
Values unstack(const Value& x, std::optional<std::int64_t> num, std::int64_t axis) {
  Unstack op;
  op.num = num;
  op.axis = axis;
  return on(op, x);
}

}  // namespace keratin::ops
