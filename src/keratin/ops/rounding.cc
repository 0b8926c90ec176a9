// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/rounding.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "keratin/ops/broadcast.h"
#include "keratin/ops/define.h"

namespace keratin::ops {
namespace {

void refuse_bool(const Operation& op, DType dtype) {
  if (dtype == DType::kBool) refuse(op, "bool has no such function. Cast x first.");
}

/// Elements of the same kind as x's. `value` is written for float and for 64 bits; `back(g, x)` is
/// the slope, and with nullptr_t there is none.
template <class Value, class Back>
Result mapped(const Arguments& x, DType dtype, Value value, Back back) {
  if (!is_floating(x[0].dtype())) return {map_integers(x[0].shape(), dtype, value, x[0])};
  const Tensor input = cast(x[0], DType::kFloat32);
  Result result{map_floats(input.shape(), value, input)};
  if constexpr (!std::is_null_pointer_v<Back>) {
    if (x.wants_any()) {
      result.pullback = [input, back](Slopes& slopes) {
        slopes.add(0, map_floats(input.shape(), back, slopes.of(), input));
      };
    }
  }
  return result;
}

template <class T>
T sign_of(T x) {
  if constexpr (std::is_floating_point_v<T>) return x > 0 ? T{1} : x < 0 ? T{-1} : x + T{0};
  if constexpr (std::is_unsigned_v<T>) return x > 0 ? T{1} : T{0};
  return static_cast<T>((x > 0) - (x < 0));
}
/// -x as the machine counts: the least integer is its own.
template <class T>
T minus(T x) {
  if constexpr (std::is_floating_point_v<T>) return -x;
  return static_cast<T>(std::uint64_t{0} - static_cast<std::uint64_t>(x));
}

struct Absolute final : NamedOp<Absolute> {
  static constexpr std::string_view kName = "Absolute";
  std::vector<Spec> output_spec(const Inputs& x) const {
    return {{x[0].shape(), kept(x[0].dtype())}};
  }
  Result compute(const Arguments& x) const {
    return mapped(
        x, x[0].dtype(),
        [](auto v) {
          if constexpr (std::is_unsigned_v<decltype(v)>) return v;
          if constexpr (std::is_same_v<decltype(v), float>) return std::fabs(v);
          return v < 0 ? minus(v) : v;
        },
        [](float g, float v) { return v >= 0 ? g : -g; });
  }
};

struct Negative final : NamedOp<Negative> {
  static constexpr std::string_view kName = "Negative";
  std::vector<Spec> output_spec(const Inputs& x) const {
    refuse_bool(*this, x[0].dtype());
    return {{x[0].shape(), kept(x[0].dtype())}};
  }
  Result compute(const Arguments& x) const {
    refuse_bool(*this, x[0].dtype());
    return mapped(
        x, x[0].dtype(), [](auto v) { return minus(v); }, [](float g, float) { return -g; });
  }
};

struct Sign final : NamedOp<Sign> {
  static constexpr std::string_view kName = "Sign";
  std::vector<Spec> output_spec(const Inputs& x) const {
    refuse_bool(*this, x[0].dtype());
    return {{x[0].shape(), kept(x[0].dtype())}};
  }
  Result compute(const Arguments& x) const {
    refuse_bool(*this, x[0].dtype());
    return mapped(
        x, x[0].dtype(), [](auto v) { return sign_of(v); }, nullptr);
  }
};

struct Square final : NamedOp<Square> {
  static constexpr std::string_view kName = "Square";
  static DType type_of(DType dtype) { return dtype == DType::kBool ? DType::kInt32 : kept(dtype); }
  std::vector<Spec> output_spec(const Inputs& x) const {
    return {{x[0].shape(), type_of(x[0].dtype())}};
  }
  Result compute(const Arguments& x) const {
    return mapped(
        x, type_of(x[0].dtype()),
        [](auto v) {
          if constexpr (std::is_same_v<decltype(v), float>) return v * v;
          const auto positive = static_cast<std::uint64_t>(v);
          return static_cast<decltype(v)>(positive * positive);
        },
        [](float g, float v) { return 2 * g * v; });
  }
};

/// To whole numbers, which are float32.
template <class F>
struct ToWhole final : NamedOp<ToWhole<F>> {
  static constexpr std::string_view kName = F::kName;
  std::vector<Spec> output_spec(const Inputs& x) const { return {{x[0].shape()}}; }
  Result compute(const Arguments& x) const {
    return {map_floats(
        x[0].shape(), [](float v) { return F::value(v); }, cast(x[0], DType::kFloat32))};
  }
};
struct FloorOf {
  static constexpr std::string_view kName = "Floor";
  static float value(float x) { return std::floor(x); }
};
struct CeilOf {
  static constexpr std::string_view kName = "Ceil";
  static float value(float x) { return std::ceil(x); }
};
using Floor = ToWhole<FloorOf>;
using Ceil = ToWhole<CeilOf>;

struct Trunc final : NamedOp<Trunc> {
  static constexpr std::string_view kName = "Trunc";
  std::vector<Spec> output_spec(const Inputs& x) const {
    return {{x[0].shape(), kept(x[0].dtype())}};
  }
  Result compute(const Arguments& x) const {
    if (!is_floating(x[0].dtype())) return {x[0].reshaped(x[0].shape())};
    return {map_floats(
        x[0].shape(), [](float v) { return std::trunc(v); }, cast(x[0], DType::kFloat32))};
  }
};

struct Round final : NamedOp<Round> {
  static constexpr std::string_view kName = "Round";
  int decimals = 0;
  template <class F>
  void fields(F& f) {
    f("decimals", decimals);
  }
  std::vector<Spec> output_spec(const Inputs& x) const {
    refuse_bool(*this, x[0].dtype());
    return {{x[0].shape(), kept(x[0].dtype())}};
  }
  Result compute(const Arguments& x) const {
    refuse_bool(*this, x[0].dtype());
    const bool whole = !is_floating(x[0].dtype());
    if (whole && decimals >= 0) return {x[0].reshaped(x[0].shape())};
    const Tensor input = cast(x[0], DType::kFloat32);
    if (decimals == 0) {
      return {map_floats(
          input.shape(), [](float v) { return std::nearbyint(v); }, input)};
    }
    const float factor = static_cast<float>(std::pow(10.0, decimals));
    Tensor y = map_floats(
        input.shape(), [factor](float v) { return std::nearbyint(v * factor) / factor; }, input);
    return {whole ? cast(y, x[0].dtype()) : y};
  }
};

struct Clip final : NamedOp<Clip> {
  static constexpr std::string_view kName = "Clip";
  std::optional<double> x_min;
  std::optional<double> x_max;
  template <class F>
  void fields(F& f) {
    f("x_min", x_min);
    f("x_max", x_max);
  }
  std::vector<Spec> output_spec(const Inputs& x) const {
    return {{x[0].shape(), Square::type_of(x[0].dtype())}};
  }
  template <class T>
  T bound(const std::optional<double>& given, T none) const {
    if (!given) return none;
    if constexpr (std::is_same_v<T, float>) {
      return static_cast<float>(*given);
    } else {
      if (!(*given > static_cast<double>(std::numeric_limits<T>::min())))
        return std::numeric_limits<T>::min();
      if (!(*given < static_cast<double>(std::numeric_limits<T>::max())))
        return std::numeric_limits<T>::max();
      return static_cast<T>(*given);
    }
  }
  Result compute(const Arguments& x) const {
    constexpr float kInf = std::numeric_limits<float>::infinity();
    const float low = bound<float>(x_min, -kInf), high = bound<float>(x_max, kInf);
    const bool has_low = x_min.has_value(), has_high = x_max.has_value();
    const auto value = [this, low, high](auto v) {
      using T = decltype(v);
      if constexpr (std::is_same_v<T, float>) {
        const float raised = v < low ? low : v;
        return raised > high ? high : raised;
      } else {
        const T least = bound<T>(x_min, std::numeric_limits<T>::min());
        return std::min(std::max(v, least), bound<T>(x_max, std::numeric_limits<T>::max()));
      }
    };
    return mapped(x, Square::type_of(x[0].dtype()), value, [=](float g, float v) {
      const float raised = v < low ? low : v;
      const float from_low = !has_low || v > low ? 1.0f : v == low ? 0.5f : 0.0f;
      const float from_high = !has_high || raised < high ? 1.0f : raised == high ? 0.5f : 0.0f;
      return g * from_low * from_high;
    });
  }
};

}  // namespace

OpEntries rounding_ops() {
  return op_entries<Absolute, Negative, Sign, Square, Floor, Ceil, Round, Trunc, Clip>();
}

Value absolute(const Value& x) { return apply_op(the_op<Absolute>(), x); }
Value negative(const Value& x) { return apply_op(the_op<Negative>(), x); }
Value sign(const Value& x) { return apply_op(the_op<Sign>(), x); }
Value square(const Value& x) { return apply_op(the_op<Square>(), x); }
Value floor(const Value& x) { return apply_op(the_op<Floor>(), x); }
Value ceil(const Value& x) { return apply_op(the_op<Ceil>(), x); }
Value trunc(const Value& x) { return apply_op(the_op<Trunc>(), x); }
Value round(const Value& x, int decimals) {
  Round op;
  op.decimals = decimals;
  return apply_op(checked_op(op), x);
}
Value clip(const Value& x, std::optional<double> x_min, std::optional<double> x_max) {
  Clip op;
  op.x_min = x_min;
  op.x_max = x_max;
  return apply_op(checked_op(op), x);
}

}  // namespace keratin::ops
