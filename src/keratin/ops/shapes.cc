// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/shapes.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <utility>

#include "keratin/ops/comparisons.h"
#include "keratin/ops/making.h"
#include "keratin/ops/view_op.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops {

namespace {

struct Reshape final : ViewOp<Reshape> {
  static constexpr std::string_view kName = "Reshape";
  std::vector<std::int64_t> newshape;

  template <class F>
  void fields(F& f) {
    f("newshape", newshape);
  }
  void validate() const {
    const bool good = std::all_of(newshape.begin(), newshape.end(), [](auto d) { return d >= -1; });
    if (!good || std::count(newshape.begin(), newshape.end(), -1) > 1) {
      refuse(*this,
             "newshape must be of sizes, one of which may be -1. Received: ", str(Shape(newshape)));
    }
  }
  View view(const Shape& x) const { return View::all(x); }
  Shape shape_of(const Shape& x, const View&) const {
    Shape shape(newshape);
    if (!x.is_known()) return shape;  // -1 is kNone
    const std::int64_t size = x.size();
    std::int64_t known = 1;
    std::int64_t* open = nullptr;
    for (std::size_t i = 0; i < shape.rank(); ++i) {
      if (shape[i] == -1) {
        open = &shape[i];
      } else if (__builtin_mul_overflow(known, shape[i], &known)) {
        refuse_size(x);
      }
    }
    if (open == nullptr ? known != size : known == 0 || size % known != 0) refuse_size(x);
    if (open != nullptr) *open = size / known;
    return shape;
  }
  [[noreturn]] void refuse_size(const Shape& x) const {
    refuse(*this, "a value of shape ", x, " does not fit newshape=", str(Shape(newshape)), ".");
  }
};

struct Ravel final : ViewOp<Ravel> {
  static constexpr std::string_view kName = "Ravel";
  View view(const Shape& x) const { return View::all(x); }
  Shape shape_of(const Shape& x, const View&) const { return {x.is_known() ? x.size() : kNone}; }
};

struct ExpandDims final : ViewOp<ExpandDims> {
  static constexpr std::string_view kName = "ExpandDims";
  Axes axis = 0;

  template <class F>
  void fields(F& f) {
    f("axis", axis);
  }
  void validate() const {
    if (axis.is_none()) refuse(*this, "axis must be an axis or a list of them. Received: None");
  }
  View view(const Shape& x) const { return View::all(x); }
  Shape shape_of(const Shape& x, const View&) const {
    const std::size_t rank = x.rank() + axis.list().size();
    const std::vector<bool> is_new = marked(axis.of(*this, rank), rank);
    Shape shape;
    std::size_t next = 0;
    for (std::size_t i = 0; i < rank; ++i) shape.push_back(is_new[i] ? 1 : x[next++]);
    return shape;
  }
};

struct Squeeze final : ViewOp<Squeeze> {
  static constexpr std::string_view kName = "Squeeze";
  Axes axis;

  template <class F>
  void fields(F& f) {
    f("axis", axis);
  }
  View view(const Shape& x) const { return View::all(x); }
  Shape shape_of(const Shape& x, const View&) const {
    std::vector<bool> goes(x.rank());
    if (axis.is_none()) {
      for (std::size_t i = 0; i < x.rank(); ++i) goes[i] = x[i] == 1;
    } else {
      goes = marked(axis.of(*this, x.rank()), x.rank());
    }
    Shape shape;
    for (std::size_t i = 0; i < x.rank(); ++i) {
      if (goes[i] && x[i] != 1) {  // Keras: an open one too
        refuse(*this, "axis ", i, " must be of size 1. Received: a value of shape ", x);
      }
      if (!goes[i]) shape.push_back(x[i]);
    }
    return shape;
  }
};

struct Transpose final : ViewOp<Transpose> {
  static constexpr std::string_view kName = "Transpose";
  Axes axes;

  template <class F>
  void fields(F& f) {
    f("axes", axes);
  }
  View view(const Shape& x) const {
    std::vector<std::int64_t> order = axes.of(*this, x.rank());
    if (order.size() != x.rank()) {
      refuse(*this, "axes must name each axis once. Received: ", order.size(),
             " axes for a value of shape ", x);
    }
    if (axes.is_none()) std::reverse(order.begin(), order.end());
    return View::all(x).transposed(order);
  }
};

struct Swapaxes final : ViewOp<Swapaxes> {
  static constexpr std::string_view kName = "Swapaxes";
  std::int64_t axis1 = 0;
  std::int64_t axis2 = 1;

  template <class F>
  void fields(F& f) {
    f("axis1", axis1);
    f("axis2", axis2);
  }
  View view(const Shape& x) const {
    View view = View::all(x);
    const std::size_t a = axis_of(*this, axis1, x.rank());
    const std::size_t b = axis_of(*this, axis2, x.rank());
    std::swap(view.shape[a], view.shape[b]);
    std::swap(view.strides[a], view.strides[b]);
    return view;
  }
};

struct Moveaxis final : ViewOp<Moveaxis> {
  static constexpr std::string_view kName = "Moveaxis";
  Axes source = 0;
  Axes destination = -1;

  template <class F>
  void fields(F& f) {
    f("source", source);
    f("destination", destination);
  }
  void validate() const {
    if (source.is_none() || destination.is_none() ||
        source.list().size() != destination.list().size()) {
      refuse(*this, "source and destination must be as many axes.");
    }
  }
  View view(const Shape& x) const {
    const std::vector<std::int64_t> from = source.of(*this, x.rank());
    const std::vector<std::int64_t> to = destination.of(*this, x.rank());
    std::vector<std::int64_t> order(x.rank(), -1);
    for (std::size_t i = 0; i < to.size(); ++i) order[static_cast<std::size_t>(to[i])] = from[i];
    const std::vector<bool> moved = marked(from, x.rank());
    std::int64_t next = 0;
    for (std::int64_t& axis : order) {
      if (axis >= 0) continue;
      while (moved[static_cast<std::size_t>(next)]) ++next;
      axis = next++;
    }
    return View::all(x).transposed(order);
  }
};

struct BroadcastTo final : ViewOp<BroadcastTo> {
  static constexpr std::string_view kName = "BroadcastTo";
  Shape shape;

  template <class F>
  void fields(F& f) {
    f("shape", shape);
  }
  View view(const Shape& x) const {
    View view = View::all(shape);
    const View own = View::all(x);
    const std::size_t added = shape.rank() - std::min(x.rank(), shape.rank());
    bool fits = x.rank() <= shape.rank();
    for (std::size_t i = 0; fits && i < shape.rank(); ++i) {
      const std::int64_t dim = i < added ? 1 : x[i - added];
      view.strides[i] = dim == 1 ? 0 : own.strides[i - added];
      if (shape[i] == kNone) view.shape[i] = dim;
      fits = dim == 1 || dim == kNone || shape[i] == kNone || dim == shape[i];
    }
    if (!fits) refuse(*this, "a value of shape ", x, " does not broadcast to ", shape, ".");
    return view;
  }
  Shape shape_of(const Shape& x, const View& view) const {
    return x.is_known() ? view.shape : shape;
  }
};

struct Flip final : ViewOp<Flip> {
  static constexpr std::string_view kName = "Flip";
  Axes axis;

  template <class F>
  void fields(F& f) {
    f("axis", axis);
  }
  View view(const Shape& x) const {
    View view = View::all(x);
    for (const std::int64_t a : axis.of(*this, x.rank())) {
      const auto i = static_cast<std::size_t>(a);
      view.first += (x[i] - 1) * view.strides[i];
      view.strides[i] = -view.strides[i];
    }
    return view;
  }
};

struct Diagonal final : ViewOp<Diagonal> {
  static constexpr std::string_view kName = "Diagonal";
  std::int64_t offset = 0;
  std::int64_t axis1 = 0;
  std::int64_t axis2 = 1;

  template <class F>
  void fields(F& f) {
    f("offset", offset);
    f("axis1", axis1);
    f("axis2", axis2);
  }
  View view(const Shape& x) const {
    const std::size_t a = axis_of(*this, axis1, x.rank());
    const std::size_t b = axis_of(*this, axis2, x.rank());
    if (a == b) refuse(*this, "axis1 and axis2 must differ. Received: ", axis1, " and ", axis2);
    const View all = View::all(x);
    View view;
    for (std::size_t i = 0; i < x.rank(); ++i) {
      if (i == a || i == b) continue;
      view.shape.push_back(x[i]);
      view.strides.push_back(all.strides[i]);
    }
    const bool known = x[a] != kNone && x[b] != kNone;
    // Compared before anything is subtracted: an offset may be any number.
    const bool none = known && (offset >= x[b] || offset <= -x[a]);
    std::int64_t length = known ? 0 : kNone;
    if (known && !none)
      length = std::min(x[a] + std::min<std::int64_t>(offset, 0),
                        x[b] - std::max<std::int64_t>(offset, 0));
    view.shape.push_back(length);
    view.strides.push_back(all.strides[a] + all.strides[b]);
    if (known && !none)
      view.first = offset > 0 ? offset * all.strides[b] : -offset * all.strides[a];
    return view;
  }
};

/// Zeros on one side of a diagonal of each matrix.
template <class Self, bool kLower>
struct Triangle : OpOf<Self> {
  std::int64_t k = 0;

  template <class F>
  void fields(F& f) {
    f("k", k);
  }
  Spec spec(const Given& x) const {
    if (x[0].shape().rank() < 2) {
      refuse(*this, "two axes or more are wanted. Received: a value of shape ", x[0].shape());
    }
    return {x[0].shape(), x[0].dtype()};
  }
  Tensor cut(const Tensor& x) const {
    Tensor y = copy_of(x);
    const std::int64_t columns = x.shape().dim(-1);
    const std::int64_t rows = x.shape().dim(-2);
    if (y.size() == 0) return y;
    const std::size_t width = size_of(x.dtype());
    auto* out = static_cast<std::byte*>(TensorAccess::raw(y));
    const std::int64_t shift = std::clamp<std::int64_t>(k, -rows - 1, columns + 1);
    for (std::int64_t row = 0; row < x.size() / columns; ++row) {
      // The first column beyond the diagonal (lower), or on it (upper).
      const std::int64_t at =
          std::clamp<std::int64_t>(row % rows + shift + (kLower ? 1 : 0), 0, columns);
      const std::int64_t begin = kLower ? at : 0;
      const std::int64_t end = kLower ? columns : at;
      std::memset(out + static_cast<std::size_t>(row * columns + begin) * width, 0,
                  static_cast<std::size_t>(end - begin) * width);
    }
    return y;
  }
  Result compute(const Arguments& x) const {
    static_cast<void>(spec(x));
    Result result{cut(x[0])};
    if (x.wants_any()) {
      result.pullback = [op = static_cast<const Self&>(*this)](Slopes& slopes) {
        slopes.add(0, op.cut(slopes.of()));
      };
    }
    return result;
  }
};
struct Tril final : Triangle<Tril, true> {
  static constexpr std::string_view kName = "Tril";
};
struct Triu final : Triangle<Triu, false> {
  static constexpr std::string_view kName = "Triu";
};

}  // namespace

OpEntries shapes_ops() {
  return op_entries<Reshape, Ravel, ExpandDims, Squeeze, Transpose, Swapaxes, Moveaxis, BroadcastTo,
                    Flip, Diagonal, Tril, Triu>();
}

Value reshape(const Value& x, const std::vector<std::int64_t>& newshape) {
  Reshape op;
  op.newshape = newshape;
  return on(op, x);
}
Value ravel(const Value& x) { return on(Ravel(), x); }
Value expand_dims(const Value& x, const Axes& axis) {
  ExpandDims op;
  op.axis = axis;
  return on(op, x);
}
Value squeeze(const Value& x, const Axes& axis) {
  Squeeze op;
  op.axis = axis;
  return on(op, x);
}
Value transpose(const Value& x, const Axes& axes) {
  Transpose op;
  op.axes = axes;
  return on(op, x);
}
Value swapaxes(const Value& x, std::int64_t axis1, std::int64_t axis2) {
  Swapaxes op;
  op.axis1 = axis1;
  op.axis2 = axis2;
  return on(op, x);
}
Value moveaxis(const Value& x, const Axes& source, const Axes& destination) {
  Moveaxis op;
  op.source = source;
  op.destination = destination;
  return on(op, x);
}
Value broadcast_to(const Value& x, const Shape& shape) {
  BroadcastTo op;
  op.shape = shape;
  return on(op, x);
}
Value flip(const Value& x, const Axes& axis) {
  Flip op;
  op.axis = axis;
  return on(op, x);
}
Value diagonal(const Value& x, std::int64_t offset, std::int64_t axis1, std::int64_t axis2) {
  Diagonal op;
  op.offset = offset;
  op.axis1 = axis1;
  op.axis2 = axis2;
  return on(op, x);
}
Value tril(const Value& x, std::int64_t k) {
  Tril op;
  op.k = k;
  return on(op, x);
}
Value triu(const Value& x, std::int64_t k) {
  Triu op;
  op.k = k;
  return on(op, x);
}

Values meshgrid(const Values& xs, const std::string& indexing) {
  if (indexing != "xy" && indexing != "ij") {
    invalid_argument("ops.meshgrid", "indexing must be 'xy' or 'ij'. Received: '", indexing, "'");
  }
  const std::size_t rank = xs.size();
  const auto place = [&](std::size_t i) {
    return indexing == "xy" && rank > 1 && i < 2 ? 1 - i : i;
  };
  Shape shape(std::vector<std::int64_t>(rank, 1));
  std::vector<Value> vectors;
  for (std::size_t i = 0; i < rank; ++i) {
    vectors.push_back(ravel(xs[i]));
    shape[place(i)] = vectors.back().shape()[0];
  }
  for (std::size_t i = 0; i < rank; ++i) {
    std::vector<std::int64_t> along(rank, 1);
    along[place(i)] = -1;
    vectors[i] = reshape(vectors[i], along);
  }
  Values grids;
  if (shape.is_known()) {
    for (const Value& vector : vectors) grids.push_back(broadcast_to(vector, shape));
    return grids;
  }
  Value everywhere;  // true, in the shape that the model will find
  for (const Value& vector : vectors) {
    const Value here = ones_like(vector, DType::kBool);
    everywhere = everywhere ? logical_and(everywhere, here) : here;
  }
  for (const Value& vector : vectors) grids.push_back(where(everywhere, vector, vector));
  return grids;
}

}  // namespace keratin::ops
