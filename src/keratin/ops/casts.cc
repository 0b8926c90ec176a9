// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/casts.h"

#include <cmath>
#include <limits>
#include <type_traits>

#include "keratin/ops/broadcast.h"
#include "keratin/ops/define.h"

namespace keratin::ops {
namespace {

/// To integers as XLA does it, where C++ leaves open what happens to numbers that do not fit.
Tensor nearest_integers(const Tensor& x, DType dtype) {
  Tensor y = uninitialized(x.shape(), dtype);
  visit_dtype(dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      constexpr float kLeast = static_cast<float>(std::numeric_limits<T>::min());
      const float most = std::ldexp(1.0f, std::numeric_limits<T>::digits);  // one above the most
      const auto in = x.data<float>();
      const auto out = y.data<T>();
      for (std::size_t i = 0; i < in.size(); ++i) {
        out[i] = in[i] >= most     ? std::numeric_limits<T>::max()
                 : in[i] >= kLeast ? static_cast<T>(in[i])
                 : in[i] < kLeast  ? std::numeric_limits<T>::min()
                                   : T{0};
      }
    }
  });
  return y;
}

struct Cast final : NamedOp<Cast> {
  static constexpr std::string_view kName = "Cast";
  DType dtype = DType::kFloat32;
  template <class F>
  void fields(F& f) {
    f("dtype", dtype);
  }
  std::vector<Spec> output_spec(const Inputs& x) const { return {{x[0].shape(), kept(dtype)}}; }
  Result compute(const Arguments& x) const {
    const Tensor& from = x[0];
    const DType to = kept(dtype);
    if (is_floating(from.dtype()) && !is_floating(to) && to != DType::kBool)
      return {nearest_integers(keratin::cast(from, DType::kFloat32), to)};
    Result result{from.dtype() == to ? from.reshaped(from.shape()) : keratin::cast(from, to)};
    if (x.wants_any() && is_floating(to)) {
      result.pullback = [](Slopes& slopes) { slopes.add(0, slopes.of()); };
    }
    return result;
  }
};

struct StopGradient final : NamedOp<StopGradient> {
  static constexpr std::string_view kName = "StopGradient";
  std::vector<Spec> output_spec(const Inputs& x) const { return {{x[0].shape(), x[0].dtype()}}; }
  Result compute(const Arguments& x) const { return {x[0].reshaped(x[0].shape())}; }
};

struct Copy final : NamedOp<Copy> {
  static constexpr std::string_view kName = "Copy";
  std::vector<Spec> output_spec(const Inputs& x) const {
    return {{x[0].shape(), kept(x[0].dtype())}};
  }
  Result compute(const Arguments& x) const {
    const bool is_new = kept(x[0].dtype()) != x[0].dtype();
    Result result{is_new ? keratin::cast(x[0], DType::kFloat32) : copy_of(x[0])};
    if (x.wants_any()) {
      result.pullback = [](Slopes& slopes) { slopes.add(0, slopes.of()); };
    }
    return result;
  }
};

struct NanToNum final : NamedOp<NanToNum> {
  static constexpr std::string_view kName = "NanToNum";
  double nan = 0.0;
  std::optional<double> posinf;
  std::optional<double> neginf;
  template <class F>
  void fields(F& f) {
    f("nan", nan);
    f("posinf", posinf);
    f("neginf", neginf);
  }
  std::vector<Spec> output_spec(const Inputs& x) const {
    return {{x[0].shape(), kept(x[0].dtype())}};
  }
  Result compute(const Arguments& x) const {
    if (!is_floating(x[0].dtype())) return {x[0].reshaped(x[0].shape())};
    constexpr double kMost = static_cast<double>(std::numeric_limits<float>::max());
    const float no_number = static_cast<float>(nan);
    const float above = static_cast<float>(posinf.value_or(kMost));
    const float below = static_cast<float>(neginf.value_or(-kMost));
    const Tensor input = keratin::cast(x[0], DType::kFloat32);
    Result result{map_floats(
        input.shape(),
        [=](float v) {
          return std::isnan(v) ? no_number : !std::isinf(v) ? v : v > 0 ? above : below;
        },
        input)};
    if (x.wants_any()) {
      result.pullback = [input](Slopes& slopes) {
        const auto back = [](float g, float v) { return std::isfinite(v) ? g : 0.0f; };
        slopes.add(0, map_floats(input.shape(), back, slopes.of(), input));
      };
    }
    return result;
  }
};

}  // namespace

OpEntries cast_ops() { return op_entries<Cast, StopGradient, Copy, NanToNum>(); }

Value cast(const Value& x, DType dtype) {
  Cast op;
  op.dtype = dtype;
  return apply_op(checked_op(op), x);
}
Value stop_gradient(const Value& x) { return apply_op(the_op<StopGradient>(), x); }
Value copy(const Value& x) { return apply_op(the_op<Copy>(), x); }
Value nan_to_num(const Value& x, double nan, std::optional<double> posinf,
                 std::optional<double> neginf) {
  NanToNum op;
  op.nan = nan;
  op.posinf = posinf;
  op.neginf = neginf;
  return apply_op(checked_op(op), x);
}

}  // namespace keratin::ops
