// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/comparisons.h"

#include <cmath>

#include "keratin/ops/broadcast.h"
#include "keratin/ops/define.h"
#include "keratin/ops/result_type.h"

namespace keratin::ops {
namespace {

template <class T, class F>
Result asked(const Shape& shape, F f, const Tensor& a, const Tensor& b) {
  constexpr DType kType = dtype_of<T>();
  return {map_elements<bool, T>(shape, DType::kBool, f, cast(a, kType), cast(b, kType))};
}

/// f(a, b) of the elements in the type that both have together: ids, which are many, as they are.
template <class F>
Result compared(const Shape& shape, const Arguments& x, F f) {
  const DType dtype = result_type(x[0].dtype(), x[1].dtype());
  if (dtype == DType::kFloat32) return asked<float>(shape, f, x[0], x[1]);
  if (dtype == DType::kInt32) return asked<std::int32_t>(shape, f, x[0], x[1]);
  if (dtype == DType::kUint64) return asked<std::uint64_t>(shape, f, x[0], x[1]);
  return asked<std::int64_t>(shape, f, x[0], x[1]);
}

/// F has kName and value(a, b); with kLogical of two bools.
template <class F>
struct Comparison final : NamedOp<Comparison<F>> {
  static constexpr std::string_view kName = F::kName;
  static constexpr std::size_t kInputs = 2;
  std::vector<Spec> output_spec(const Inputs& x) const {
    return {{broadcast_shapes(*this, x[0].shape(), x[1].shape()), DType::kBool}};
  }
  Result compute(const Arguments& x) const {
    const Shape shape = broadcast_shapes(*this, x[0].shape(), x[1].shape());
    if constexpr (F::kLogical) {
      return asked<bool>(shape, &F::value, x[0], x[1]);
    } else {
      return compared(shape, x, [](auto a, auto b) { return F::value(a, b); });
    }
  }
};

struct EqualOf {
  static constexpr std::string_view kName = "Equal";
  static constexpr bool kLogical = false;
  template <class T>
  static bool value(T a, T b) {
    return a == b;
  }
};
struct NotEqualOf {
  static constexpr std::string_view kName = "NotEqual";
  static constexpr bool kLogical = false;
  template <class T>
  static bool value(T a, T b) {
    return a != b;
  }
};
struct LessOf {
  static constexpr std::string_view kName = "Less";
  static constexpr bool kLogical = false;
  template <class T>
  static bool value(T a, T b) {
    return a < b;
  }
};
struct LessEqualOf {
  static constexpr std::string_view kName = "LessEqual";
  static constexpr bool kLogical = false;
  template <class T>
  static bool value(T a, T b) {
    return a <= b;
  }
};
struct GreaterOf {
  static constexpr std::string_view kName = "Greater";
  static constexpr bool kLogical = false;
  template <class T>
  static bool value(T a, T b) {
    return a > b;
  }
};
struct GreaterEqualOf {
  static constexpr std::string_view kName = "GreaterEqual";
  static constexpr bool kLogical = false;
  template <class T>
  static bool value(T a, T b) {
    return a >= b;
  }
};
struct LogicalAndOf {
  static constexpr std::string_view kName = "LogicalAnd";
  static constexpr bool kLogical = true;
  static bool value(bool a, bool b) { return a && b; }
};
struct LogicalOrOf {
  static constexpr std::string_view kName = "LogicalOr";
  static constexpr bool kLogical = true;
  static bool value(bool a, bool b) { return a || b; }
};
struct LogicalXorOf {
  static constexpr std::string_view kName = "LogicalXor";
  static constexpr bool kLogical = true;
  static bool value(bool a, bool b) { return a != b; }
};

/// F has kName, kLogical and value(x) of a float, or of a bool.
template <class F>
struct Test final : NamedOp<Test<F>> {
  static constexpr std::string_view kName = F::kName;
  std::vector<Spec> output_spec(const Inputs& x) const { return {{x[0].shape(), DType::kBool}}; }
  Result compute(const Arguments& x) const {
    using T = std::conditional_t<F::kLogical, bool, float>;
    return {map_elements<bool, T>(
        x[0].shape(), DType::kBool, [](T v) { return F::value(v); }, cast(x[0], dtype_of<T>()))};
  }
};
struct LogicalNotOf {
  static constexpr std::string_view kName = "LogicalNot";
  static constexpr bool kLogical = true;
  static bool value(bool x) { return !x; }
};
struct IsnanOf {
  static constexpr std::string_view kName = "Isnan";
  static constexpr bool kLogical = false;
  static bool value(float x) { return std::isnan(x); }
};
struct IsinfOf {
  static constexpr std::string_view kName = "Isinf";
  static constexpr bool kLogical = false;
  static bool value(float x) { return std::isinf(x); }
};
struct IsfiniteOf {
  static constexpr std::string_view kName = "Isfinite";
  static constexpr bool kLogical = false;
  static bool value(float x) { return std::isfinite(x); }
};

struct Isclose final : NamedOp<Isclose> {
  static constexpr std::string_view kName = "Isclose";
  static constexpr std::size_t kInputs = 2;
  double rtol = 1e-5;
  double atol = 1e-8;
  bool equal_nan = false;
  template <class F>
  void fields(F& f) {
    f("equal_nan", equal_nan);
    f("rtol", rtol);
    f("atol", atol);
  }
  std::vector<Spec> output_spec(const Inputs& x) const {
    return {{broadcast_shapes(*this, x[0].shape(), x[1].shape()), DType::kBool}};
  }
  Result compute(const Arguments& x) const {
    const Shape shape = broadcast_shapes(*this, x[0].shape(), x[1].shape());
    const float relative = static_cast<float>(rtol), absolute = static_cast<float>(atol);
    const bool nan_too = equal_nan;
    return asked<float>(
        shape,
        [=](float a, float b) {
          if (a == b) return true;
          if (std::isnan(a) && std::isnan(b)) return nan_too;
          return std::isfinite(b) && std::fabs(a - b) <= absolute + relative * std::fabs(b);
        },
        x[0], x[1]);
  }
};

/// out = condition ? a : b for elements of that many bytes.
template <class Word>
void choose(const Shape& shape, const Tensor& condition, const Tensor& a, const Tensor& b,
            Tensor& out) {
  for_each_element(
      broadcast(shape, condition.shape(), a.shape(), b.shape()), out.size(),
      static_cast<Word*>(TensorAccess::raw(out)),
      [](bool take, Word p, Word q) { return take ? p : q; }, condition.data<bool>().data(),
      static_cast<const Word*>(TensorAccess::raw(a)),
      static_cast<const Word*>(TensorAccess::raw(b)));
}

struct Where final : NamedOp<Where> {
  static constexpr std::string_view kName = "Where";
  static constexpr std::size_t kInputs = 3;
  std::vector<Spec> output_spec(const Inputs& x) const {
    const Shape both = broadcast_shapes(*this, x[1].shape(), x[2].shape());
    return {{broadcast_shapes(*this, x[0].shape(), both), result_type(x[1].dtype(), x[2].dtype())}};
  }
  Result compute(const Arguments& x) const {
    const Shape both = broadcast_shapes(*this, x[1].shape(), x[2].shape());
    const Shape shape = broadcast_shapes(*this, x[0].shape(), both);
    const DType dtype = result_type(x[1].dtype(), x[2].dtype());
    const Tensor condition = cast(x[0], DType::kBool);
    const Tensor a = cast(x[1], dtype), b = cast(x[2], dtype);
    Result result{uninitialized(shape, dtype)};
    Tensor& out = result.outputs[0];
    if (out.size() > 0) {
      const std::size_t bytes = size_of(dtype);
      if (dtype == DType::kFloat32) {
        choose<float>(shape, condition, a, b, out);
      } else if (bytes == 1) {
        choose<std::uint8_t>(shape, condition, a, b, out);
      } else if (bytes == 2) {
        choose<std::uint16_t>(shape, condition, a, b, out);
      } else if (bytes == 4) {
        choose<std::uint32_t>(shape, condition, a, b, out);
      } else {
        choose<std::uint64_t>(shape, condition, a, b, out);
      }
    }
    if (x.wants_any() && dtype == DType::kFloat32)
      result.pullback = Back{condition, a.shape(), b.shape()};
    return result;
  }
  struct Back {
    Tensor condition;
    Shape first, second;
    void operator()(Slopes& slopes) const {
      const Tensor& g = slopes.of();
      const Tensor none = Tensor::zeros({});
      Tensor part = uninitialized(g.shape());
      if (slopes.wants(1)) {
        if (g.size() > 0) choose<float>(g.shape(), condition, g, none, part);
        slopes.add(1, sum_to(part, first));
      }
      if (slopes.wants(2)) {
        part = uninitialized(g.shape());
        if (g.size() > 0) choose<float>(g.shape(), condition, none, g, part);
        slopes.add(2, sum_to(part, second));
      }
    }
  };
};

using Equal = Comparison<EqualOf>;
using NotEqual = Comparison<NotEqualOf>;
using Less = Comparison<LessOf>;
using LessEqual = Comparison<LessEqualOf>;
using Greater = Comparison<GreaterOf>;
using GreaterEqual = Comparison<GreaterEqualOf>;
using LogicalAnd = Comparison<LogicalAndOf>;
using LogicalOr = Comparison<LogicalOrOf>;
using LogicalXor = Comparison<LogicalXorOf>;
using LogicalNot = Test<LogicalNotOf>;
using Isnan = Test<IsnanOf>;
using Isinf = Test<IsinfOf>;
using Isfinite = Test<IsfiniteOf>;

}  // namespace

OpEntries comparison_ops() {
  return op_entries<Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual, LogicalAnd, LogicalOr,
                    LogicalXor, LogicalNot, Isnan, Isinf, Isfinite, Isclose, Where>();
}

Value equal(const Value& x1, const Value& x2) { return both<Equal>(x1, x2); }
Value not_equal(const Value& x1, const Value& x2) { return both<NotEqual>(x1, x2); }
Value less(const Value& x1, const Value& x2) { return both<Less>(x1, x2); }
Value less_equal(const Value& x1, const Value& x2) { return both<LessEqual>(x1, x2); }
Value greater(const Value& x1, const Value& x2) { return both<Greater>(x1, x2); }
Value greater_equal(const Value& x1, const Value& x2) { return both<GreaterEqual>(x1, x2); }
Value logical_and(const Value& x1, const Value& x2) { return both<LogicalAnd>(x1, x2); }
Value logical_or(const Value& x1, const Value& x2) { return both<LogicalOr>(x1, x2); }
Value logical_xor(const Value& x1, const Value& x2) { return both<LogicalXor>(x1, x2); }
Value logical_not(const Value& x) { return apply_op(the_op<LogicalNot>(), x); }
Value isnan(const Value& x) { return apply_op(the_op<Isnan>(), x); }
Value isinf(const Value& x) { return apply_op(the_op<Isinf>(), x); }
Value isfinite(const Value& x) { return apply_op(the_op<Isfinite>(), x); }
Value isclose(const Value& x1, const Value& x2, double rtol, double atol, bool equal_nan) {
  Isclose op;
  op.rtol = rtol;
  op.atol = atol;
  op.equal_nan = equal_nan;
  return apply_op(checked_op(op), Values{x1, x2});
}
Value where(const Value& condition, const Value& x1, const Value& x2) {
  return apply_op(the_op<Where>(), Values{condition, x1, x2});
}

}  // namespace keratin::ops
