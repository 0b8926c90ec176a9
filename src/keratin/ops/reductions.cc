// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/reductions.h"

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "keratin/ops/along_axes.h"
#include "keratin/ops/op_of.h"
#include "keratin/ops/reducing.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops {
namespace {

bool is_float(DType dtype) { return is_floating(dtype); }

/// The type that sums and products of that type have. Keras: of `Sum`, which follows JAX.
DType sum_type(DType dtype) {
  switch (dtype) {
    case DType::kBool:
    case DType::kInt8:
    case DType::kInt16:
      return DType::kInt32;
    case DType::kUint8:
    case DType::kUint16:
      return DType::kUint32;
    case DType::kFloat64:
      return DType::kFloat32;
    default:
      return dtype;
  }
}

DType own_type(DType dtype) { return dtype == DType::kFloat64 ? DType::kFloat32 : dtype; }

// Integers wrap around, as NumPy's do: as unsigned, where that is no undefined behaviour.
struct IntPlus {
  static std::uint64_t start() { return 0; }
  std::uint64_t operator()(std::uint64_t a, std::uint64_t b) const { return a + b; }
};
struct FloatTimes {
  static float start() { return 1; }
  float operator()(float a, float b) const { return a * b; }
};
struct IntTimes {
  static std::uint64_t start() { return 1; }
  std::uint64_t operator()(std::uint64_t a, std::uint64_t b) const { return a * b; }
};
struct FloatMax {
  static float start() { return -std::numeric_limits<float>::infinity(); }
  float operator()(float a, float b) const { return a > b || std::isnan(a) ? a : b; }
};
struct FloatMin {
  static float start() { return std::numeric_limits<float>::infinity(); }
  float operator()(float a, float b) const { return a < b || std::isnan(a) ? a : b; }
};
struct IntMax {
  static std::int64_t start() { return std::numeric_limits<std::int64_t>::min(); }
  std::int64_t operator()(std::int64_t a, std::int64_t b) const { return a > b ? a : b; }
};
struct IntMin {
  static std::int64_t start() { return std::numeric_limits<std::int64_t>::max(); }
  std::int64_t operator()(std::int64_t a, std::int64_t b) const { return a < b ? a : b; }
};
struct Or {
  static std::uint8_t start() { return 0; }
  std::uint8_t operator()(std::uint8_t a, std::uint8_t b) const { return a | b; }
};
struct And {
  static std::uint8_t start() { return 1; }
  std::uint8_t operator()(std::uint8_t a, std::uint8_t b) const { return a & b; }
};

/// Elements folded as `T`: of x cast to `as`, which has the width of T.
template <class T, class F>
Tensor folded(const Tensor& x, const std::vector<bool>& reduced, bool keepdims, DType as, F f) {
  const Grouped all(cast(x, as), reduced);
  Tensor y = uninitialized(reduced_shape(x.shape(), reduced, keepdims), as);
  fold(static_cast<const T*>(TensorAccess::raw(all.elements)), all.outer, all.n, all.inner,
       static_cast<T*>(TensorAccess::raw(y)), f);
  return y;
}

/// `Self` has type(dtype), kNone: whether it gives something of nothing,
/// and forward_of(x, reduced): the result; way_back(...) where it has one.
template <class Self>
struct Reduction : AlongAxes<Self> {
  Spec spec(const Given& x) const {
    return {this->reduced_from(x[0].shape()), static_cast<const Self*>(this)->type(x[0].dtype())};
  }
  /// What a slope of y is of each element of x: y with its axes as 1, repeated.
  Tensor spread(const Tensor& y, const Shape& shape) const {
    return repeated_to(y.reshaped(reduced_shape(shape, this->reduced(shape), true)), shape);
  }
};

struct Sum final : Reduction<Sum> {
  static constexpr std::string_view kName = "Sum";
  DType type(DType dtype) const { return sum_type(dtype); }
  Result compute(const Arguments& x) const {
    const DType to = type(x[0].dtype());
    if (!is_float(to)) {
      return {cast(
          folded<std::uint64_t>(x[0], reduced(x[0].shape()), keepdims, DType::kInt64, IntPlus()),
          to)};
    }
    Result result{folded<float>(x[0], reduced(x[0].shape()), keepdims, to, Plus())};
    if (x.wants_any()) {
      result.pullback = [op = *this, shape = x[0].shape()](Slopes& slopes) {
        slopes.add(0, op.spread(slopes.of(), shape));
      };
    }
    return result;
  }
};

float divided(float a, float b) { return a / b; }

struct Mean final : Reduction<Mean> {
  static constexpr std::string_view kName = "Mean";
  DType type(DType) const { return DType::kFloat32; }
  Result compute(const Arguments& x) const {
    const Shape shape = x[0].shape();
    Result result{folded<float>(x[0], reduced(shape), keepdims, DType::kFloat32, Plus())};
    float count = 1;
    for (const std::int64_t i : axis.of(*this, shape.rank()))
      count *= static_cast<float>(shape[static_cast<std::size_t>(i)]);
    for (float& v : result.outputs[0].data<float>()) v = divided(v, count);
    if (x.wants_any()) {
      result.pullback = [op = *this, shape, count](Slopes& slopes) {
        Tensor slope = copy_of(slopes.of());
        for (float& v : slope.data<float>()) v = divided(v, count);
        slopes.add(0, op.spread(slope, shape));
      };
    }
    return result;
  }
};

/// dL/dx of the largest or smallest: equal ones share it. Keras on JAX: NaN equals nothing.
Tensor shared_slope(const Tensor& x, const Tensor& y, Tensor slope,
                    const std::vector<bool>& reduced) {
  const Shape one = reduced_shape(x.shape(), reduced, true);
  Tensor is_it = repeated_to(y.reshaped(one), x.shape());
  if (is_it.size() > 0 && x.shape() == y.shape()) is_it = copy_of(is_it);
  const auto in = x.data<float>();
  auto out = is_it.data<float>();
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = in[i] == out[i] ? 1.0F : 0.0F;
  const Tensor count = summed_over(is_it, reduced);
  Tensor each = copy_of(slope);
  for (std::size_t i = 0; i < each.data<float>().size(); ++i)
    each.data<float>()[i] /= count.data<float>()[i];
  const Tensor spread = repeated_to(each.reshaped(one), x.shape());
  const auto s = spread.data<float>();
  for (std::size_t i = 0; i < out.size(); ++i) out[i] *= s[i];
  return is_it;
}

template <class Self, class OfFloats, class OfInts>
struct Extreme : Reduction<Self> {
  std::optional<double> initial;

  template <class F>
  void fields(F& f) {
    Reduction<Self>::fields(f);
    f("initial", initial);
  }
  DType type(DType dtype) const { return own_type(dtype); }
  Spec spec(const Given& x) const {
    const Spec spec = Reduction<Self>::spec(x);
    if (initial) return spec;
    for (const std::int64_t i : this->axis.of(*this, x[0].shape().rank())) {
      if (x[0].shape()[static_cast<std::size_t>(i)] != 0) continue;
      refuse(*this, "there is nothing to choose from along axis ", i,
             ": give initial. Received: a value of shape ", x[0].shape());
    }
    return spec;
  }
  Result compute(const Arguments& x) const {
    static_cast<void>(spec(x));
    const std::vector<bool> reduced = this->reduced(x[0].shape());
    const DType to = type(x[0].dtype());
    if (!is_float(to)) {
      Tensor y = folded<std::int64_t>(x[0], reduced, this->keepdims, DType::kInt64, OfInts());
      if (initial) {
        for (std::int64_t& v : y.data<std::int64_t>())
          v = OfInts()(v, static_cast<std::int64_t>(*initial));
      }
      return {cast(y, to)};
    }
    Tensor y = folded<float>(x[0], reduced, this->keepdims, to, OfFloats());
    Result result{initial ? with_initial(y) : y};
    if (x.wants_any()) {
      result.pullback = [op = *this, x = x[0], y, reduced](Slopes& slopes) {
        slopes.add(0,
                   shared_slope(x, y, op.initial ? op.without_initial(slopes.of(), y) : slopes.of(),
                                reduced));
      };
    }
    return result;
  }

 private:
  Tensor with_initial(const Tensor& y) const {
    Tensor result = copy_of(y);
    for (float& v : result.data<float>()) v = OfFloats()(v, static_cast<float>(*initial));
    return result;
  }
  /// The slope of what was found: 0 where `initial` won, half of it where both are equal.
  Tensor without_initial(const Tensor& slope, const Tensor& y) const {
    Tensor result = copy_of(slope);
    const auto limit = static_cast<float>(*initial);
    const float* found = y.data<float>().data();
    for (float& v : result.data<float>()) {
      const float own = *found++;
      if (own == limit) {
        v *= 0.5F;
      } else if (OfFloats()(own, limit) == limit) {
        v = 0;
      }
    }
    return result;
  }
};
struct Max final : Extreme<Max, FloatMax, IntMax> {
  static constexpr std::string_view kName = "Max";
};
struct Min final : Extreme<Min, FloatMin, IntMin> {
  static constexpr std::string_view kName = "Min";
};
struct Amax final : Extreme<Amax, FloatMax, IntMax> {
  static constexpr std::string_view kName = "Amax";
};
struct Amin final : Extreme<Amin, FloatMin, IntMin> {
  static constexpr std::string_view kName = "Amin";
};

/// dL/dx of a product: the slope times all the others, without a division, which zeros would spoil.
Tensor product_slope(const Grouped& x, const Tensor& slope) {
  Tensor result = uninitialized(x.elements.shape());
  const float* in = x.elements.data<float>().data();
  const float* upper = slope.data<float>().data();
  float* out = result.data<float>().data();
  parallel::for_chunks(x.outer,
                       std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(1, x.n * x.inner)),
                       [&](std::int64_t begin, std::int64_t end) {
                         for (std::int64_t line = begin; line < end; ++line) {
                           for (std::int64_t j = 0; j < x.inner; ++j) {
                             const std::int64_t first = line * x.n * x.inner + j;
                             float before = 1;
                             for (std::int64_t i = 0; i < x.n; ++i) {
                               out[first + i * x.inner] = before;
                               before *= in[first + i * x.inner];
                             }
                             float after = upper[line * x.inner + j];
                             for (std::int64_t i = x.n; i-- > 0;) {
                               out[first + i * x.inner] *= after;
                               after *= in[first + i * x.inner];
                             }
                           }
                         }
                       });
  return result;
}

struct Prod final : Reduction<Prod> {
  static constexpr std::string_view kName = "Prod";
  std::optional<DType> dtype;

  template <class F>
  void fields(F& f) {
    Reduction<Prod>::fields(f);
    f("dtype", dtype);
  }
  DType type(DType own) const { return dtype ? own_type(*dtype) : sum_type(own); }
  Result compute(const Arguments& x) const {
    const std::vector<bool> which = reduced(x[0].shape());
    const DType to = type(x[0].dtype());
    if (!is_float(to)) {
      return {cast(folded<std::uint64_t>(x[0], which, keepdims, DType::kInt64, IntTimes()), to)};
    }
    Result result{folded<float>(x[0], which, keepdims, to, FloatTimes())};
    if (x.wants_any() && is_float(x[0].dtype())) {
      result.pullback = [x = x[0], which](Slopes& slopes) {
        const Grouped grouped(x, which);
        slopes.add(0, grouped.back(product_slope(grouped, slopes.of())));
      };
    }
    return result;
  }
};

template <class Self, class F>
struct Verdict : Reduction<Self> {
  DType type(DType) const { return DType::kBool; }
  Result compute(const Arguments& x) const {
    return {
        folded<std::uint8_t>(x[0], this->reduced(x[0].shape()), this->keepdims, DType::kBool, F())};
  }
};
struct Any final : Verdict<Any, Or> {
  static constexpr std::string_view kName = "Any";
};
struct All final : Verdict<All, And> {
  static constexpr std::string_view kName = "All";
};

struct CountNonzero final : OpOf<CountNonzero> {
  static constexpr std::string_view kName = "CountNonzero";
  Axes axis;

  template <class F>
  void fields(F& f) {
    f("axis", axis);
  }
  std::vector<bool> reduced(const Shape& shape) const {
    return marked(axis.of(*this, shape.rank()), shape.rank());
  }
  Spec spec(const Given& x) const {
    return {reduced_shape(x[0].shape(), reduced(x[0].shape()), false), DType::kInt32};
  }
  Result compute(const Arguments& x) const {
    return {cast(folded<std::uint64_t>(cast(x[0], DType::kBool), reduced(x[0].shape()), false,
                                       DType::kInt64, IntPlus()),
                 DType::kInt32)};
  }
};

template <class O>
Value reduce(const Value& x, const Axes& axis, bool keepdims) {
  O op;
  op.axis = axis;
  op.keepdims = keepdims;
  return on(op, x);
}
template <class O>
Value extreme(const Value& x, const Axes& axis, bool keepdims, std::optional<double> initial) {
  O op;
  op.axis = axis;
  op.keepdims = keepdims;
  op.initial = initial;
  return on(op, x);
}

}  // namespace

OpEntries reductions_ops() {
  return op_entries<Sum, Mean, Max, Min, Amax, Amin, Prod, Any, All, CountNonzero>();
}

Value sum(const Value& x, const Axes& axis, bool keepdims) {
  return reduce<Sum>(x, axis, keepdims);
}
Value mean(const Value& x, const Axes& axis, bool keepdims) {
  return reduce<Mean>(x, axis, keepdims);
}
Value any(const Value& x, const Axes& axis, bool keepdims) {
  return reduce<Any>(x, axis, keepdims);
}
Value all(const Value& x, const Axes& axis, bool keepdims) {
  return reduce<All>(x, axis, keepdims);
}
Value prod(const Value& x, const Axes& axis, bool keepdims, std::optional<DType> dtype) {
  Prod op;
  op.axis = axis;
  op.keepdims = keepdims;
  op.dtype = dtype;
  return on(op, x);
}
Value max(const Value& x, const Axes& axis, bool keepdims, std::optional<double> initial) {
  return extreme<Max>(x, axis, keepdims, initial);
}
Value min(const Value& x, const Axes& axis, bool keepdims, std::optional<double> initial) {
  return extreme<Min>(x, axis, keepdims, initial);
}
Value amax(const Value& x, const Axes& axis, bool keepdims, std::optional<double> initial) {
  return extreme<Amax>(x, axis, keepdims, initial);
}
Value amin(const Value& x, const Axes& axis, bool keepdims, std::optional<double> initial) {
  return extreme<Amin>(x, axis, keepdims, initial);
}
Value count_nonzero(const Value& x, const Axes& axis) {
  CountNonzero op;
  op.axis = axis;
  return on(op, x);
}

}  // namespace keratin::ops
