// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/arithmetic.h"

#include <cmath>
#include <limits>
#include <type_traits>

#include "keratin/ops/broadcast.h"
#include "keratin/ops/define.h"
#include "keratin/ops/result_type.h"

namespace keratin::ops {
namespace {

/// What integers give.
enum class Kind { kWhole, kWholeNoBool, kWholeBoolIsInt32, kFloat };

/// F has kName, kKind, `value(a, b)` for float and, unless it is kFloat, for both kinds of 64 bits.
/// What goes back is first(a, b, g) and second(a, b, g), or, where tensors serve better, kSlopes:
/// functions of these names that give a tensor of the common shape. Without them: nothing.
template <class F>
struct Arithmetic final : NamedOp<Arithmetic<F>> {
  static constexpr std::string_view kName = F::kName;
  static constexpr std::size_t kInputs = 2;

  DType type_of(DType a, DType b) const {
    const DType dtype = F::kKind == Kind::kFloat ? DType::kFloat32 : result_type(a, b);
    if (dtype != DType::kBool || F::kKind == Kind::kWhole) return dtype;
    if (F::kKind == Kind::kWholeBoolIsInt32) return DType::kInt32;
    refuse(*this, "bool has no such function. Cast one value first.");
  }
  std::vector<Spec> output_spec(const Inputs& x) const {
    const DType dtype = type_of(x[0].dtype(), x[1].dtype());
    return {{broadcast_shapes(*this, x[0].shape(), x[1].shape()), dtype}};
  }
  Result compute(const Arguments& x) const {
    const DType dtype = type_of(x[0].dtype(), x[1].dtype());
    const Shape shape = broadcast_shapes(*this, x[0].shape(), x[1].shape());
    const auto value = [](auto a, auto b) { return F::value(a, b); };
    if constexpr (F::kKind != Kind::kFloat) {
      if (dtype != DType::kFloat32) return {map_integers(shape, dtype, value, x[0], x[1])};
    }
    Tensor a = cast(x[0], dtype);
    Tensor b = cast(x[1], dtype);
    Result result{map_floats(shape, value, a, b)};
    if constexpr (
        requires { F::first(a, b, a); } || requires { F::first(0.f, 0.f, 0.f); }) {
      if (x.wants_any()) result.pullback = Back{std::move(a), std::move(b)};
    }
    return result;
  }
  struct Back {
    Tensor a, b;
    void operator()(Slopes& slopes) const {
      const Tensor& g = slopes.of();
      if constexpr (requires { F::first(a, b, g); }) {
        if (slopes.wants(0)) slopes.add(0, sum_to(F::first(a, b, g), a.shape()));
        if (slopes.wants(1)) slopes.add(1, sum_to(F::second(a, b, g), b.shape()));
      } else {
        const auto first = [](float s, float p, float q) { return F::first(p, q, s); };
        const auto second = [](float s, float p, float q) { return F::second(p, q, s); };
        if (slopes.wants(0))
          slopes.add(0, sum_to(map_floats(g.shape(), first, g, a, b), a.shape()));
        if (slopes.wants(1))
          slopes.add(1, sum_to(map_floats(g.shape(), second, g, a, b), b.shape()));
      }
    }
  };
};

// Signed integers wrap around by the way of the unsigned ones.
template <class T, class F>
T wrapped(T a, T b, F f) {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(f(static_cast<std::uint64_t>(a), static_cast<std::uint64_t>(b)));
  } else {
    return f(a, b);
  }
}
Tensor product(const Tensor& g, const Tensor& other) {
  return map_floats(
      g.shape(), [](float p, float q) { return p * q; }, g, other);
}

struct AddOf {
  static constexpr std::string_view kName = "Add";
  static constexpr Kind kKind = Kind::kWhole;
  template <class T>
  static T value(T a, T b) {
    return wrapped(a, b, [](auto p, auto q) { return p + q; });
  }
  static Tensor first(const Tensor&, const Tensor&, const Tensor& g) { return g; }
  static Tensor second(const Tensor&, const Tensor&, const Tensor& g) { return g; }
};
struct SubtractOf {
  static constexpr std::string_view kName = "Subtract";
  static constexpr Kind kKind = Kind::kWholeNoBool;
  template <class T>
  static T value(T a, T b) {
    return wrapped(a, b, [](auto p, auto q) { return p - q; });
  }
  static Tensor first(const Tensor&, const Tensor&, const Tensor& g) { return g; }
  static Tensor second(const Tensor&, const Tensor&, const Tensor& g) {
    return map_floats(
        g.shape(), [](float s) { return -s; }, g);
  }
};
struct MultiplyOf {
  static constexpr std::string_view kName = "Multiply";
  static constexpr Kind kKind = Kind::kWhole;
  template <class T>
  static T value(T a, T b) {
    return wrapped(a, b, [](auto p, auto q) { return p * q; });
  }
  static Tensor first(const Tensor&, const Tensor& b, const Tensor& g) { return product(g, b); }
  static Tensor second(const Tensor& a, const Tensor&, const Tensor& g) { return product(g, a); }
};
struct DivideOf {
  static constexpr std::string_view kName = "Divide";
  static constexpr Kind kKind = Kind::kFloat;
  static float value(float a, float b) { return a / b; }
  static Tensor first(const Tensor&, const Tensor& b, const Tensor& g) {
    return map_floats(
        g.shape(), [](float s, float q) { return s / q; }, g, b);
  }
  static Tensor second(const Tensor& a, const Tensor& b, const Tensor& g) {
    return map_floats(
        g.shape(), [](float s, float p, float q) { return -s * p / q / q; }, g, a, b);
  }
};
struct TrueDivideOf : DivideOf {
  static constexpr std::string_view kName = "TrueDivide";
};
struct DivideNoNanOf {
  static constexpr std::string_view kName = "DivideNoNan";
  static constexpr Kind kKind = Kind::kFloat;
  static float value(float a, float b) { return b == 0 ? 0 : a / b; }
  static float first(float, float b, float g) { return b == 0 ? 0 : g / b; }
  static float second(float a, float b, float g) { return b == 0 ? 0 : -g * a / b / b; }
};
struct PowerOf {
  static constexpr std::string_view kName = "Power";
  static constexpr Kind kKind = Kind::kWholeBoolIsInt32;
  static float value(float a, float b) { return std::pow(a, b); }
  template <class T>
  static T value(T a, T b) {
    if (b < T{1})
      return b == T{0} || a == T{1} ? T{1} : a == static_cast<T>(-1) ? sign_power(b) : T{0};
    std::uint64_t result = 1;
    std::uint64_t factor = static_cast<std::uint64_t>(a);
    for (auto left = static_cast<std::uint64_t>(b); left > 0; left /= 2) {
      if (left % 2 == 1) result *= factor;
      factor *= factor;
    }
    return static_cast<T>(result);
  }
  template <class T>
  static T sign_power(T b) {
    return b % 2 == 0 ? T{1} : static_cast<T>(-1);
  }
  static float first(float a, float b, float g) { return g * (b * std::pow(a, b - 1)); }
  static float second(float a, float b, float g) {
    return g * (std::log(a == 0 ? 1.0f : a) * std::pow(a, b));
  }
};
struct ModOf {
  static constexpr std::string_view kName = "Mod";
  static constexpr Kind kKind = Kind::kWholeBoolIsInt32;
  static float value(float a, float b) {
    const float left = std::fmod(a, b);
    return left != 0 && (left < 0) != (b < 0) ? left + b : left;
  }
  template <class T>
  static T value(T a, T b) {
    if (b == T{0}) return T{0};
    if (b == static_cast<T>(-1) && std::is_signed_v<T>)
      return T{0};  // of the least one it overflows
    const T left = static_cast<T>(a % b);
    return left != T{0} && (left < T{0}) != (b < T{0}) ? static_cast<T>(left + b) : left;
  }
  static float first(float, float, float g) { return g; }
  static float second(float a, float b, float g) {
    const float left = std::fmod(a, b);
    return g * ((left != 0 && (left < 0) != (b < 0) ? 1.0f : 0.0f) - std::trunc(a / b));
  }
};
struct FmodOf {
  static constexpr std::string_view kName = "Fmod";
  static constexpr Kind kKind = Kind::kWholeBoolIsInt32;
  static float value(float a, float b) { return std::fmod(a, b); }
  template <class T>
  static T value(T a, T b) {
    if (b == T{0}) return a;
    if (b == static_cast<T>(-1) && std::is_signed_v<T>) return T{0};
    return static_cast<T>(a % b);
  }
  static float first(float, float, float g) { return g; }
  static float second(float a, float b, float g) { return -g * std::trunc(a / b); }
};
struct FloorDivideOf {
  static constexpr std::string_view kName = "FloorDivide";
  static constexpr Kind kKind = Kind::kWholeBoolIsInt32;
  // Python's: of what mod() leaves over, so that both belong together.
  static float value(float a, float b) {
    const float left = std::fmod(a, b);
    const float quotient = (b == 0 ? a : a - left) / b;
    return std::nearbyint(left != 0 && (left < 0) != (b < 0) ? quotient - 1 : quotient);
  }
  template <class T>
  static T value(T a, T b) {
    if (b == T{0}) return static_cast<T>(std::is_unsigned_v<T> || a == T{0} ? -1 : -2);
    if (b == static_cast<T>(-1) && std::is_signed_v<T>)
      return static_cast<T>(std::uint64_t{0} - static_cast<std::uint64_t>(a));
    const T left = static_cast<T>(a % b);
    return static_cast<T>(a / b - (left != T{0} && (left < T{0}) != (b < T{0}) ? 1 : 0));
  }
};
/// The part of a slope that goes to the one chosen, or half of it: none to the other, also of an
/// infinite one.
float part(bool is_chosen, bool is_tie, float g) { return is_chosen ? g : is_tie ? g / 2 : 0; }
struct MaximumOf {
  static constexpr std::string_view kName = "Maximum";
  static constexpr Kind kKind = Kind::kWhole;
  template <class T>
  static T value(T a, T b) {
    return a >= b || a != a ? a : b;
  }
  static float first(float a, float b, float g) { return part(a > b, a == b, g); }
  static float second(float a, float b, float g) { return part(b > a, a == b, g); }
};
struct MinimumOf {
  static constexpr std::string_view kName = "Minimum";
  static constexpr Kind kKind = Kind::kWhole;
  template <class T>
  static T value(T a, T b) {
    return a <= b || a != a ? a : b;
  }
  static float first(float a, float b, float g) { return part(a < b, a == b, g); }
  static float second(float a, float b, float g) { return part(b < a, a == b, g); }
};
struct Arctan2Of {
  static constexpr std::string_view kName = "Arctan2";
  static constexpr Kind kKind = Kind::kFloat;
  static float value(float a, float b) { return std::atan2(a, b); }
  static float first(float a, float b, float g) { return g * b / (a * a + b * b); }
  static float second(float a, float b, float g) { return -g * a / (a * a + b * b); }
};
struct NextafterOf {
  static constexpr std::string_view kName = "Nextafter";
  static constexpr Kind kKind = Kind::kFloat;
  static float value(float a, float b) { return std::nextafter(a, b); }
};
struct LogaddexpOf {
  static constexpr std::string_view kName = "Logaddexp";
  static constexpr Kind kKind = Kind::kFloat;
  static float value(float a, float b) {
    const float apart = a - b;
    return std::isnan(apart) ? a + b : std::fmax(a, b) + std::log1p(std::exp(-std::fabs(apart)));
  }
  // Keras: on JAX the slopes of an infinite value are those of 0.
  static float share(float a, float b) { return 1 / (1 + std::exp(b - a)); }
  static float first(float a, float b, float g) { return g * share(a, b); }
  static float second(float a, float b, float g) { return g * share(b, a); }
};

using Add = Arithmetic<AddOf>;
using Subtract = Arithmetic<SubtractOf>;
using Multiply = Arithmetic<MultiplyOf>;
using Divide = Arithmetic<DivideOf>;
using TrueDivide = Arithmetic<TrueDivideOf>;
using DivideNoNan = Arithmetic<DivideNoNanOf>;
using Power = Arithmetic<PowerOf>;
using Mod = Arithmetic<ModOf>;
using Fmod = Arithmetic<FmodOf>;
using FloorDivide = Arithmetic<FloorDivideOf>;
using Maximum = Arithmetic<MaximumOf>;
using Minimum = Arithmetic<MinimumOf>;
using Arctan2 = Arithmetic<Arctan2Of>;
using Nextafter = Arithmetic<NextafterOf>;
using Logaddexp = Arithmetic<LogaddexpOf>;

}  // namespace

OpEntries arithmetic_ops() {
  return op_entries<Add, Subtract, Multiply, Divide, TrueDivide, DivideNoNan, Power, Mod, Fmod,
                    FloorDivide, Maximum, Minimum, Arctan2, Nextafter, Logaddexp>();
}

Value add(const Value& x1, const Value& x2) { return both<Add>(x1, x2); }
Value subtract(const Value& x1, const Value& x2) { return both<Subtract>(x1, x2); }
Value multiply(const Value& x1, const Value& x2) { return both<Multiply>(x1, x2); }
Value divide(const Value& x1, const Value& x2) { return both<Divide>(x1, x2); }
Value true_divide(const Value& x1, const Value& x2) { return both<TrueDivide>(x1, x2); }
Value divide_no_nan(const Value& x1, const Value& x2) { return both<DivideNoNan>(x1, x2); }
Value power(const Value& x1, const Value& x2) { return both<Power>(x1, x2); }
Value mod(const Value& x1, const Value& x2) { return both<Mod>(x1, x2); }
Value fmod(const Value& x1, const Value& x2) { return both<Fmod>(x1, x2); }
Value floor_divide(const Value& x1, const Value& x2) { return both<FloorDivide>(x1, x2); }
Value maximum(const Value& x1, const Value& x2) { return both<Maximum>(x1, x2); }
Value minimum(const Value& x1, const Value& x2) { return both<Minimum>(x1, x2); }
Value arctan2(const Value& x1, const Value& x2) { return both<Arctan2>(x1, x2); }
Value nextafter(const Value& x1, const Value& x2) { return both<Nextafter>(x1, x2); }
Value logaddexp(const Value& x1, const Value& x2) { return both<Logaddexp>(x1, x2); }

}  // namespace keratin::ops
