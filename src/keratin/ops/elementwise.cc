// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/elementwise.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "keratin/kernels/smooth.h"
#include "keratin/ops/broadcast.h"
#include "keratin/ops/define.h"

namespace keratin::ops {
namespace {

/// F has kName, `value(x)` or, of many at once, `values(count, x, y)`, and its derivative as
/// `slope(x)`, or as `slope_from(y)` where that is what is at hand.
template <class F>
struct Smooth final : NamedOp<Smooth<F>> {
  static constexpr std::string_view kName = F::kName;
  std::vector<Spec> output_spec(const Inputs& inputs) const { return {{inputs[0].shape()}}; }
  Result compute(const Arguments& x) const {
    const Tensor input = cast(x[0], DType::kFloat32);
    Result result{values_of(input)};
    if (!x.wants_any()) return result;
    if constexpr (requires { F::slope_from(0.0f); }) {
      result.pullback = [y = result.outputs[0]](Slopes& slopes) {
        const auto back = [](float g, float v) { return g * F::slope_from(v); };
        slopes.add(0, map_floats(y.shape(), back, slopes.of(), y));
      };
    } else {
      result.pullback = [input](Slopes& slopes) {
        const auto back = [](float g, float v) { return g * F::slope(v); };
        slopes.add(0, map_floats(input.shape(), back, slopes.of(), input));
      };
    }
    return result;
  }
  static Tensor values_of(const Tensor& input) {
    if constexpr (requires { &F::values; }) {
      Tensor y = uninitialized(input.shape());
      const float* const from = input.data<float>().data();
      float* const to = y.data<float>().data();
      parallel::for_chunks(y.size(), kChunk, [&](std::int64_t begin, std::int64_t end) {
        F::values(end - begin, from + begin, to + begin);
      });
      return y;
    } else {
      return map_floats(
          input.shape(), [](float v) { return F::value(v); }, input);
    }
  }
};

constexpr float kLn2 = std::numbers::ln2_v<float>;
constexpr float kLn10 = std::numbers::ln10_v<float>;
constexpr float kInvSqrtPi = std::numbers::inv_sqrtpi_v<float>;

struct ExpOf {
  static constexpr std::string_view kName = "Exp";
  static constexpr auto values = kernels::exp;
  static float slope_from(float y) { return y; }
};
struct Expm1Of {
  static constexpr std::string_view kName = "Expm1";
  static constexpr auto values = kernels::expm1;
  static float slope_from(float y) { return y + 1; }
};
struct LogOf {
  static constexpr std::string_view kName = "Log";
  static constexpr auto values = kernels::log;
  static float slope(float x) { return 1 / x; }
};
struct Log1pOf {
  static constexpr std::string_view kName = "Log1p";
  static constexpr auto values = kernels::log1p;
  static float slope(float x) { return 1 / (1 + x); }
};
struct Log2Of {
  static constexpr std::string_view kName = "Log2";
  static float value(float x) { return std::log2(x); }
  static float slope(float x) { return 1 / x / kLn2; }
};
struct Log10Of {
  static constexpr std::string_view kName = "Log10";
  static float value(float x) { return std::log10(x); }
  static float slope(float x) { return 1 / x / kLn10; }
};
struct SqrtOf {
  static constexpr std::string_view kName = "Sqrt";
  static float value(float x) { return std::sqrt(x); }
  static float slope_from(float y) { return 0.5f / y; }
};
struct RsqrtOf {
  static constexpr std::string_view kName = "Rsqrt";
  static float value(float x) { return 1 / std::sqrt(x); }
  static float slope(float x) { return -0.5f / std::sqrt(x) / x; }
};
struct ReciprocalOf {
  static constexpr std::string_view kName = "Reciprocal";
  static float value(float x) { return 1 / x; }
  static float slope_from(float y) { return -y * y; }
};
struct SinOf {
  static constexpr std::string_view kName = "Sin";
  static float value(float x) { return std::sin(x); }
  static float slope(float x) { return std::cos(x); }
};
struct CosOf {
  static constexpr std::string_view kName = "Cos";
  static float value(float x) { return std::cos(x); }
  static float slope(float x) { return -std::sin(x); }
};
struct TanOf {
  static constexpr std::string_view kName = "Tan";
  static float value(float x) { return std::tan(x); }
  static float slope_from(float y) { return 1 + y * y; }
};
// 1 - x^2 is written as a product: near 1 the square alone has lost what matters.
struct ArcsinOf {
  static constexpr std::string_view kName = "Arcsin";
  static float value(float x) { return std::asin(x); }
  static float slope(float x) { return 1 / std::sqrt((1 - x) * (1 + x)); }
};
struct ArccosOf {
  static constexpr std::string_view kName = "Arccos";
  static float value(float x) { return std::acos(x); }
  static float slope(float x) { return -1 / std::sqrt((1 - x) * (1 + x)); }
};
struct ArctanOf {
  static constexpr std::string_view kName = "Arctan";
  static float value(float x) { return std::atan(x); }
  static float slope(float x) { return 1 / (1 + x * x); }
};
struct SinhOf {
  static constexpr std::string_view kName = "Sinh";
  static float value(float x) { return std::sinh(x); }
  static float slope(float x) { return std::cosh(x); }
};
struct CoshOf {
  static constexpr std::string_view kName = "Cosh";
  static float value(float x) { return std::cosh(x); }
  static float slope(float x) { return std::sinh(x); }
};
struct ArcsinhOf {
  static constexpr std::string_view kName = "Arcsinh";
  static float value(float x) { return std::asinh(x); }
  static float slope(float x) { return 1 / std::hypot(x, 1.0f); }  // x^2 may overflow
};
struct ArccoshOf {
  static constexpr std::string_view kName = "Arccosh";
  static float value(float x) { return std::acosh(x); }
  static float slope(float x) { return 1 / std::sqrt((x - 1) * (x + 1)); }
};
struct ArctanhOf {
  static constexpr std::string_view kName = "Arctanh";
  static float value(float x) { return std::atanh(x); }
  static float slope(float x) { return 1 / ((1 - x) * (1 + x)); }
};
struct ErfOf {
  static constexpr std::string_view kName = "Erf";
  static float value(float x) { return std::erf(x); }
  static float slope(float x) { return 2 * kInvSqrtPi * std::exp(-x * x); }
};
struct I0Of {
  static constexpr std::string_view kName = "I0";
  /// The modified Bessel function of that order; from 92 on it is beyond float32.
  static float bessel(float order, float x) {
    if (std::isnan(x)) return x;
    const float size = std::fabs(x);
    if (size >= 92) return std::numeric_limits<float>::infinity();
    return static_cast<float>(
        std::cyl_bessel_i(static_cast<double>(order), static_cast<double>(size)));
  }
  static float value(float x) { return bessel(0, x); }
  static float slope(float x) { return std::copysign(bessel(1, x), x); }
};
struct ErfinvOf {
  static constexpr std::string_view kName = "Erfinv";
  // S. Winitzki's approximation (0.2 % off), which two steps of Halley in double make exact.
  static float value(float x) {
    if (!(std::fabs(x) < 1)) {
      constexpr float kInf = std::numeric_limits<float>::infinity();
      return x == 1 ? kInf : x == -1 ? -kInf : std::numeric_limits<float>::quiet_NaN();
    }
    const double wanted = static_cast<double>(x);
    const double log = std::log1p(-wanted * wanted);
    const double half = 2 / (std::numbers::pi * 0.147) + log / 2;
    double y = std::copysign(std::sqrt(std::sqrt(half * half - log / 0.147) - half), wanted);
    for (int step = 0; step < 2; ++step) {
      const double off = (std::erf(y) - wanted) / (2 * std::numbers::inv_sqrtpi * std::exp(-y * y));
      y -= off / (1 + y * off);
    }
    return static_cast<float>(y);
  }
  static float slope_from(float y) { return 0.5f / kInvSqrtPi * std::exp(y * y); }
};

using Exp = Smooth<ExpOf>;
using Expm1 = Smooth<Expm1Of>;
using Log = Smooth<LogOf>;
using Log1p = Smooth<Log1pOf>;
using Log2 = Smooth<Log2Of>;
using Log10 = Smooth<Log10Of>;
using Sqrt = Smooth<SqrtOf>;
using Rsqrt = Smooth<RsqrtOf>;
using Reciprocal = Smooth<ReciprocalOf>;
using Sin = Smooth<SinOf>;
using Cos = Smooth<CosOf>;
using Tan = Smooth<TanOf>;
using Arcsin = Smooth<ArcsinOf>;
using Arccos = Smooth<ArccosOf>;
using Arctan = Smooth<ArctanOf>;
using Sinh = Smooth<SinhOf>;
using Cosh = Smooth<CoshOf>;
using Arcsinh = Smooth<ArcsinhOf>;
using Arccosh = Smooth<ArccoshOf>;
using Arctanh = Smooth<ArctanhOf>;
using Erf = Smooth<ErfOf>;
using I0 = Smooth<I0Of>;
using Erfinv = Smooth<ErfinvOf>;

}  // namespace

OpEntries elementwise_ops() {
  return op_entries<Exp, Expm1, Log, Log1p, Log2, Log10, Sqrt, Rsqrt, Reciprocal, Sin, Cos, Tan,
                    Arcsin, Arccos, Arctan, Sinh, Cosh, Arcsinh, Arccosh, Arctanh, Erf, Erfinv,
                    I0>();
}

Value exp(const Value& x) { return apply_op(the_op<Exp>(), x); }
Value expm1(const Value& x) { return apply_op(the_op<Expm1>(), x); }
Value log(const Value& x) { return apply_op(the_op<Log>(), x); }
Value log1p(const Value& x) { return apply_op(the_op<Log1p>(), x); }
Value log2(const Value& x) { return apply_op(the_op<Log2>(), x); }
Value log10(const Value& x) { return apply_op(the_op<Log10>(), x); }
Value sqrt(const Value& x) { return apply_op(the_op<Sqrt>(), x); }
Value rsqrt(const Value& x) { return apply_op(the_op<Rsqrt>(), x); }
Value reciprocal(const Value& x) { return apply_op(the_op<Reciprocal>(), x); }
Value sin(const Value& x) { return apply_op(the_op<Sin>(), x); }
Value cos(const Value& x) { return apply_op(the_op<Cos>(), x); }
Value tan(const Value& x) { return apply_op(the_op<Tan>(), x); }
Value arcsin(const Value& x) { return apply_op(the_op<Arcsin>(), x); }
Value arccos(const Value& x) { return apply_op(the_op<Arccos>(), x); }
Value arctan(const Value& x) { return apply_op(the_op<Arctan>(), x); }
Value sinh(const Value& x) { return apply_op(the_op<Sinh>(), x); }
Value cosh(const Value& x) { return apply_op(the_op<Cosh>(), x); }
Value arcsinh(const Value& x) { return apply_op(the_op<Arcsinh>(), x); }
Value arccosh(const Value& x) { return apply_op(the_op<Arccosh>(), x); }
Value arctanh(const Value& x) { return apply_op(the_op<Arctanh>(), x); }
Value erf(const Value& x) { return apply_op(the_op<Erf>(), x); }
Value i0(const Value& x) { return apply_op(the_op<I0>(), x); }
Value erfinv(const Value& x) { return apply_op(the_op<Erfinv>(), x); }

}  // namespace keratin::ops
