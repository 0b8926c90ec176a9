// SPDX-License-Identifier: Apache-2.0
#include "keratin/kernels/smooth.h"

#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "keratin/kernels/smooth.cc"
// What is there once for each instruction set comes behind what begins them.
// clang-format off
#include "hwy/foreach_target.h"  // compiles this file once for each instruction set
#include "keratin/kernels/smooth-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace keratin::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// exp(-x^2 / 2). What x^2 loses is made good: far out it is worth many digits of the result. From
/// 14.5 on it is 0, the exponential of -105.
template <class D, class V>
HWY_INLINE V bell(D d, V x) {
  const V a = hn::Min(hn::Abs(x), hn::Set(d, 14.5F));
  const V square = hn::Mul(a, a);
  const V lost = hn::MulSub(a, a, square);  // 0 where multiply and add are not one
  const V half = hn::Set(d, 0.5F);
  return hn::Mul(hn::Exp(d, hn::Neg(hn::Mul(half, square))),
                 hn::NegMulAdd(half, lost, hn::Set(d, 1.0F)));
}

/// The normal distribution. With z = |x| / sqrt(2) and t = 1 / (1 + 0.35 z), erfc(z) = bell(x) t
/// P(t), where P is the polynomial of degree 9 whose greatest relative error for z up to 9.5 is the
/// least, 7e-9. `bell` is that of x.
template <class D, class V>
HWY_INLINE V normal_distribution(D d, V x, V bell) {
  constexpr float kP[] = {0.19748822F, 0.19705823F,   0.18852434F, 0.14845896F,  0.1534976F,
                          0.0738226F,  -0.012557607F, 0.17056842F, -0.15446836F, 0.037607584F};
  const V one = hn::Set(d, 1.0F);
  const V t = hn::Div(one, hn::MulAdd(hn::Abs(x), hn::Set(d, 0.24748737F), one));  // 0.35 / sqrt(2)
  V p = hn::Set(d, kP[9]);
  for (int i = 8; i >= 0; --i) p = hn::MulAdd(p, t, hn::Set(d, kP[i]));
  const V tail = hn::Mul(hn::Mul(hn::Mul(hn::Set(d, 0.5F), p), t), bell);
  return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), tail, hn::Sub(one, tail));
}

/// y = f(tag, x) of each vector.
template <class F>
HWY_INLINE void map(std::int64_t count, const float* x, float* y, F f) {
  for_each_vector(count, [&](auto d, std::int64_t k)
                             HWY_ATTR { hn::StoreU(f(d, hn::LoadU(d, x + k)), d, y + k); });
}

void Sigmoid(std::int64_t count, const float* x, float* y) {
  map(count, x, y, [](auto d, auto v) HWY_ATTR { return sigmoid(d, v); });
}

void Tanh(std::int64_t count, const float* x, float* y) {
  map(count, x, y, [](auto d, auto v) HWY_ATTR { return tanh(d, v); });
}

void TanhBack(std::int64_t count, const float* y, const float* dy, float* dx) {
  for_each_vector(count, [&](auto d, std::int64_t k) HWY_ATTR {
    hn::StoreU(hn::Mul(hn::LoadU(d, dy + k), of_tanh(d, hn::LoadU(d, y + k))), d, dx + k);
  });
}

/// Beyond the ends exp is infinite or 0, and so are the numbers of the library's range.
template <class D, class V>
HWY_INLINE V within_exp(D d, V x) {
  return hn::Min(hn::Max(x, hn::Set(d, -105.0F)), hn::Set(d, 104.0F));
}

void Exp(std::int64_t count, const float* x, float* y) {
  map(count, x, y,
      [&](auto d, auto v) HWY_ATTR { return keep_nan(v, hn::Exp(d, within_exp(d, v))); });
}

void Expm1(std::int64_t count, const float* x, float* y) {
  map(count, x, y,
      [&](auto d, auto v) HWY_ATTR { return keep_nan(v, hn::Expm1(d, within_exp(d, v))); });
}

/// y, which is that of a number, where `x` is one: at 0, left of it and at infinity the library's
/// logarithms have none.
template <class D, class V>
HWY_INLINE V as_logarithm(D d, V x, V y) {
  const V infinity = hn::Set(d, std::numeric_limits<float>::infinity());
  y = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), hn::Neg(infinity), y);
  y = hn::IfThenElse(hn::Eq(x, infinity), infinity, y);
  return hn::IfThenElse(hn::Ge(x, hn::Zero(d)), y, hn::NaN(d));
}

void Log(std::int64_t count, const float* x, float* y) {
  map(count, x, y, [&](auto d, auto v) HWY_ATTR { return as_logarithm(d, v, hn::Log(d, v)); });
}

void Log1p(std::int64_t count, const float* x, float* y) {
  map(count, x, y, [&](auto d, auto v) HWY_ATTR {
    return as_logarithm(d, hn::Add(v, hn::Set(d, 1.0F)), hn::Log1p(d, v));
  });
}

void Elu(std::int64_t count, const EluShape& shape, const float* x, float* y) {
  map(count, x, y, [&](auto d, auto v) HWY_ATTR {
    const auto below = hn::Expm1(d, within_exp(d, hn::Div(v, hn::Set(d, shape.width))));
    const auto unscaled =
        hn::IfThenElse(hn::Gt(v, hn::Zero(d)), v, hn::Mul(hn::Set(d, shape.alpha), below));
    return keep_nan(v, hn::Mul(hn::Set(d, shape.scale), unscaled));
  });
}

/// log(1 + exp(-|x|)), what softplus is more than the larger of x and 0.
template <class D, class V>
HWY_INLINE V bent(D d, V x) {
  return hn::Log1p(d, hn::Exp(d, hn::Max(hn::Neg(hn::Abs(x)), hn::Set(d, -105.0F))));
}

void LogSigmoid(std::int64_t count, const float* x, float* y) {
  map(count, x, y, [&](auto d, auto v) HWY_ATTR {
    return keep_nan(v, hn::Sub(hn::Min(v, hn::Zero(d)), bent(d, v)));
  });
}

void Softplus(std::int64_t count, const float* x, float* y) {
  map(count, x, y, [&](auto d, auto v) HWY_ATTR {
    return keep_nan(v, hn::Add(hn::Max(v, hn::Zero(d)), bent(d, v)));
  });
}

void SoftplusBack(std::int64_t count, const float* x, const float* dy, float* dx) {
  for_each_vector(count, [&](auto d, std::int64_t k) HWY_ATTR {
    hn::StoreU(hn::Mul(hn::LoadU(d, dy + k), sigmoid(d, hn::LoadU(d, x + k))), d, dx + k);
  });
}

void Silu(std::int64_t count, const float* x, float* y) {
  map(count, x, y, [&](auto d, auto v) HWY_ATTR { return hn::Mul(v, sigmoid(d, v)); });
}

void SiluBack(std::int64_t count, const float* x, const float* dy, float* dx) {
  for_each_vector(count, [&](auto d, std::int64_t k) HWY_ATTR {
    const auto v = hn::LoadU(d, x + k);
    const auto s = sigmoid(d, v);
    const auto slope = hn::Mul(s, hn::MulAdd(v, sigmoid(d, hn::Neg(v)), hn::Set(d, 1.0F)));
    hn::StoreU(hn::Mul(hn::LoadU(d, dy + k), slope), d, dx + k);
  });
}

void Gelu(std::int64_t count, const float* x, float* y) {
  map(count, x, y, [&](auto d, auto v) HWY_ATTR {
    return keep_nan(v, hn::Mul(v, normal_distribution(d, v, bell(d, v))));
  });
}

void GeluBack(std::int64_t count, const float* x, const float* dy, float* dx) {
  for_each_vector(count, [&](auto d, std::int64_t k) HWY_ATTR {
    const auto v = hn::LoadU(d, x + k);
    const auto density = bell(d, v);
    const auto at_0 = hn::Set(d, 0.3989422804F);  // 1 / sqrt(2 pi)
    const auto slope = hn::MulAdd(hn::Mul(v, at_0), density, normal_distribution(d, v, density));
    hn::StoreU(hn::Mul(hn::LoadU(d, dy + k), keep_nan(v, slope)), d, dx + k);
  });
}

constexpr float kCubic = 0.044715F, kTwiceRoot2OverPi = 1.5957691216F;

template <class D, class V>
HWY_INLINE V twice_u(D d, V x) {
  const V cubic = hn::MulAdd(hn::Mul(hn::Set(d, kCubic), hn::Mul(x, x)), x, x);
  return hn::Mul(hn::Set(d, kTwiceRoot2OverPi), cubic);
}

void GeluByTanh(std::int64_t count, const float* x, float* y) {
  map(count, x, y, [&](auto d, auto v) HWY_ATTR { return hn::Mul(v, sigmoid(d, twice_u(d, v))); });
}

void GeluByTanhBack(std::int64_t count, const float* x, const float* dy, float* dx) {
  for_each_vector(count, [&](auto d, std::int64_t k) HWY_ATTR {
    const auto v = hn::LoadU(d, x + k);
    const auto u = twice_u(d, v);
    const auto s = sigmoid(d, u);
    const auto w = hn::Min(hn::Abs(v), hn::Set(d, 100.0F));  // the square of more may overflow
    const auto u_slope =
        hn::Mul(hn::Set(d, kTwiceRoot2OverPi),
                hn::MulAdd(hn::Set(d, 3 * kCubic), hn::Mul(w, w), hn::Set(d, 1.0F)));
    const auto s_slope = hn::Mul(hn::Mul(s, sigmoid(d, hn::Neg(u))), u_slope);
    hn::StoreU(hn::Mul(hn::LoadU(d, dy + k), hn::MulAdd(v, s_slope, s)), d, dx + k);
  });
}

}  // namespace keratin::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace keratin::kernels {

HWY_EXPORT(Sigmoid);
HWY_EXPORT(Tanh);
HWY_EXPORT(TanhBack);
HWY_EXPORT(Exp);
HWY_EXPORT(Expm1);
HWY_EXPORT(Log);
HWY_EXPORT(Log1p);
HWY_EXPORT(Elu);
HWY_EXPORT(LogSigmoid);
HWY_EXPORT(Softplus);
HWY_EXPORT(SoftplusBack);
HWY_EXPORT(Silu);
HWY_EXPORT(SiluBack);
HWY_EXPORT(Gelu);
HWY_EXPORT(GeluBack);
HWY_EXPORT(GeluByTanh);
HWY_EXPORT(GeluByTanhBack);

void sigmoid(std::int64_t count, const float* x, float* y) {
  HWY_DYNAMIC_DISPATCH(Sigmoid)(count, x, y);
}
void tanh(std::int64_t count, const float* x, float* y) { HWY_DYNAMIC_DISPATCH(Tanh)(count, x, y); }
void tanh_back(std::int64_t count, const float* y, const float* dy, float* dx) {
  HWY_DYNAMIC_DISPATCH(TanhBack)(count, y, dy, dx);
}
void exp(std::int64_t count, const float* x, float* y) { HWY_DYNAMIC_DISPATCH(Exp)(count, x, y); }
void expm1(std::int64_t count, const float* x, float* y) {
  HWY_DYNAMIC_DISPATCH(Expm1)(count, x, y);
}
void log(std::int64_t count, const float* x, float* y) { HWY_DYNAMIC_DISPATCH(Log)(count, x, y); }
void log1p(std::int64_t count, const float* x, float* y) {
  HWY_DYNAMIC_DISPATCH(Log1p)(count, x, y);
}
void elu(std::int64_t count, const EluShape& shape, const float* x, float* y) {
  HWY_DYNAMIC_DISPATCH(Elu)(count, shape, x, y);
}
void log_sigmoid(std::int64_t count, const float* x, float* y) {
  HWY_DYNAMIC_DISPATCH(LogSigmoid)(count, x, y);
}
void softplus(std::int64_t count, const float* x, float* y) {
  HWY_DYNAMIC_DISPATCH(Softplus)(count, x, y);
}
void softplus_back(std::int64_t count, const float* x, const float* dy, float* dx) {
  HWY_DYNAMIC_DISPATCH(SoftplusBack)(count, x, dy, dx);
}
void silu(std::int64_t count, const float* x, float* y) { HWY_DYNAMIC_DISPATCH(Silu)(count, x, y); }
void silu_back(std::int64_t count, const float* x, const float* dy, float* dx) {
  HWY_DYNAMIC_DISPATCH(SiluBack)(count, x, dy, dx);
}
void gelu(std::int64_t count, const float* x, float* y) { HWY_DYNAMIC_DISPATCH(Gelu)(count, x, y); }
void gelu_back(std::int64_t count, const float* x, const float* dy, float* dx) {
  HWY_DYNAMIC_DISPATCH(GeluBack)(count, x, dy, dx);
}
void gelu_by_tanh(std::int64_t count, const float* x, float* y) {
  HWY_DYNAMIC_DISPATCH(GeluByTanh)(count, x, y);
}
void gelu_by_tanh_back(std::int64_t count, const float* x, const float* dy, float* dx) {
  HWY_DYNAMIC_DISPATCH(GeluByTanhBack)(count, x, dy, dx);
}

}  // namespace keratin::kernels
#endif
