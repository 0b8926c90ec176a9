// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/quantiles.h"

#include <array>
#include <limits>
#include <vector>

#include "keratin/ops/along_axes.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/casts.h"
#include "keratin/ops/comparisons.h"
#include "keratin/ops/composed.h"
#include "keratin/ops/op_of.h"
#include "keratin/ops/places.h"
#include "keratin/ops/reductions.h"
#include "keratin/ops/rounding.h"
#include "keratin/ops/shapes.h"
#include "keratin/ops/sorting.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops {
namespace {

constexpr std::array kMethods = {"linear", "lower", "higher", "midpoint", "nearest"};

std::vector<std::int64_t> sizes(const Shape& shape) { return {shape.begin(), shape.end()}; }
/// Of float32 lines (L, n) the parts q (Q): (L, Q).
Value of_lines(const Value& lines, const Value& q, std::string_view method, bool leaves_nan_out) {
  const Value in_order = sort(lines, -1);  // NaN comes last
  const Value sorted = where(isnan(in_order), number(0), in_order);
  const Value numbers = sum(cast(logical_not(isnan(lines)), DType::kFloat32), 1, true);
  const Value all = number(static_cast<float>(lines.shape()[1]));
  const Value last = maximum(subtract(leaves_nan_out ? numbers : all, number(1)), number(0));
  const Shape shape{lines.shape()[0], q.shape()[0]};
  const Value part = where(isnan(q), number(0), q);
  const Value place = multiply(broadcast_to(last, shape), part);
  const auto at = [&](const Value& one) {
    return take_along_axis(sorted, cast(one.constant(), DType::kInt32), 1);
  };
  Value found;
  if (method == "lower") found = at(floor(place));
  if (method == "higher") found = at(ceil(place));
  if (method == "nearest") found = at(round(place));
  if (!found) {
    const Value low = floor(place), high = ceil(place);
    const Value share = method == "midpoint" ? number(0.5f) : subtract(place, low.constant());
    found = add(multiply(at(low), subtract(number(1), share)), multiply(at(high), share));
  }
  const Value none = leaves_nan_out ? equal(numbers, number(0)) : less(numbers, all);
  return where(logical_or(none, isnan(q)), number(std::numeric_limits<float>::quiet_NaN()), found);
}

/// `Self` has kLeavesNanOut.
template <class Self>
struct Quantiles : AlongAxes<Self> {
  std::string method = "linear";

  /// Of x with the parts q, a number or a vector.
  Spec spec_of(const Shape& x, const Shape& q) const {
    if (q.rank() > 1) refuse(*this, "q must be a number or a vector. Received: shape ", q);
    std::int64_t n = 1;
    const std::vector<bool> reduced = this->reduced(x);
    for (std::size_t i = 0; i < x.rank(); ++i) {
      if (reduced[i]) n = n == kNone || x[i] == kNone ? kNone : n * x[i];
    }
    if (n == 0) refuse(*this, "there is nothing to choose from. Received: a value of shape ", x);
    Shape shape = q;
    for (const std::int64_t size : this->reduced_from(x)) shape.push_back(size);
    return {shape, DType::kFloat32};
  }
  Value found(const Value& given, const Value& q, std::string_view how) const {
    const Spec out = spec_of(given.shape(), q.shape());
    const Value x = given.dtype() == DType::kFloat32 ? given : cast(given, DType::kFloat32);
    const std::vector<bool> reduced = this->reduced(x.shape());
    std::vector<std::int64_t> order;
    std::int64_t lines = 1, n = 1;
    for (const bool goes : {false, true}) {
      for (std::size_t i = 0; i < reduced.size(); ++i) {
        if (reduced[i] != goes) continue;
        order.push_back(static_cast<std::int64_t>(i));
        (goes ? n : lines) *= x.shape()[i];
      }
    }
    const Value parts = q.shape().rank() == 0 ? reshape(q, {1}) : q;
    const Value line = reshape(transpose(x, Axes(order)), {lines, n});
    return reshape(transpose(of_lines(line, parts, how, Self::kLeavesNanOut)), sizes(out.shape));
  }
};

template <class Self>
struct MedianOp : Quantiles<Self> {
  Spec spec(const Given& x) const { return this->spec_of(x[0].shape(), Shape{}); }
  Result compute(const Arguments& x) const {
    static_cast<void>(spec(x));
    return composed(x,
                    [&](const Values& in) { return this->found(in[0], number(0.5f), "midpoint"); });
  }
};
struct Median final : MedianOp<Median> {
  static constexpr std::string_view kName = "Median";
  static constexpr bool kLeavesNanOut = false;
};
struct Nanmedian final : MedianOp<Nanmedian> {
  static constexpr std::string_view kName = "Nanmedian";
  static constexpr bool kLeavesNanOut = true;
};

template <class Self>
struct QuantileOp : Quantiles<Self> {
  static constexpr std::size_t kInputs = 2;

  template <class F>
  void fields(F& f) {
    f("axis", this->axis);
    f("method", this->method);
    f("keepdims", this->keepdims);
  }
  void validate() const {
    for (const char* name : kMethods) {
      if (this->method == name) return;
    }
    refuse(*this,
           "method must be 'linear', 'lower', 'higher', 'midpoint' or 'nearest'. Received: '",
           this->method, "'");
  }
  Spec spec(const Given& x) const { return this->spec_of(x[0].shape(), x[1].shape()); }
  Result compute(const Arguments& x) const {
    static_cast<void>(spec(x));
    const Tensor parts = cast(x[1], DType::kFloat32);
    for (const float q : parts.data<float>()) {
      if (q < 0 || q > 1) refuse(*this, "q must be from 0 to 1. Received: ", q);
    }
    return composed(x, [&](const Values& in) {
      const Value q = in[1].dtype() == DType::kFloat32 ? in[1] : Value(parts);
      return this->found(in[0], q, this->method);
    });
  }
};
struct Quantile final : QuantileOp<Quantile> {
  static constexpr std::string_view kName = "Quantile";
  static constexpr bool kLeavesNanOut = false;
};
struct Nanquantile final : QuantileOp<Nanquantile> {
  static constexpr std::string_view kName = "Nanquantile";
  static constexpr bool kLeavesNanOut = true;
};

template <class O>
O of_axes(const Axes& axis, bool keepdims, const std::string& method = "linear") {
  O op;
  op.axis = axis;
  op.keepdims = keepdims;
  op.method = method;
  return op;
}

}  // namespace

OpEntries quantiles_ops() { return op_entries<Median, Nanmedian, Quantile, Nanquantile>(); }

Value median(const Value& x, const Axes& axis, bool keepdims) {
  return on(of_axes<Median>(axis, keepdims), x);
}
Value nanmedian(const Value& x, const Axes& axis, bool keepdims) {
  return on(of_axes<Nanmedian>(axis, keepdims), x);
}
Value quantile(const Value& x, const Value& q, const Axes& axis, const std::string& method,
               bool keepdims) {
  return on(of_axes<Quantile>(axis, keepdims, method), {x, q});
}
Value nanquantile(const Value& x, const Value& q, const Axes& axis, const std::string& method,
                  bool keepdims) {
  return on(of_axes<Nanquantile>(axis, keepdims, method), {x, q});
}

}  // namespace keratin::ops
