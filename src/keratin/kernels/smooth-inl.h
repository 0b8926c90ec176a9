// SPDX-License-Identifier: Apache-2.0

// Smooth functions of a vector of floats, and the loop over many. For a unit that is compiled once
// for each instruction set, which includes this after hwy/foreach_target.h.

#if defined(KERATIN_SMOOTH_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef KERATIN_SMOOTH_INL
#undef KERATIN_SMOOTH_INL
#else
#define KERATIN_SMOOTH_INL
#endif

#include <cstdint>

#include "hwy/contrib/math/math-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace keratin::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// The library's exponentials lose NaN, which is greater than nothing.
template <class V>
HWY_INLINE V keep_nan(V x, V y) {
  return hn::IfThenElse(hn::IsNaN(x), x, y);
}

template <class D, class V>
HWY_INLINE V sigmoid(D d, V x) {
  // Of a number below 0 exp(x) / (1 + exp(x)): no exponential overflows. That of -105 is 0.
  const V z = hn::Exp(d, hn::Max(hn::Neg(hn::Abs(x)), hn::Set(d, -105.0F)));
  const V one = hn::Set(d, 1.0F);
  const V above = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), z, one);
  return keep_nan(x, hn::Div(above, hn::Add(one, z)));
}

template <class D, class V>
HWY_INLINE V tanh(D d, V x) {
  return keep_nan(x, hn::Tanh(d, x));
}

/// y (1 - y), the derivative of the sigmoid.
template <class D, class V>
HWY_INLINE V of_sigmoid(D d, V y) {
  return hn::Mul(y, hn::Sub(hn::Set(d, 1.0F), y));
}
/// 1 - y^2, that of tanh.
template <class D, class V>
HWY_INLINE V of_tanh(D d, V y) {
  return hn::NegMulAdd(y, y, hn::Set(d, 1.0F));
}

/// body(tag, k) for vectors that cover `count` floats. The last overlap none: an element goes
/// through the same operations in any vector.
template <class Body>
HWY_INLINE void for_each_vector(std::int64_t count, Body body) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t k = 0;
  for (; k + lanes <= count; k += lanes) body(d, k);
  const hn::CappedTag<float, 1> one;
  for (; k < count; ++k) body(one, k);
}

}  // namespace keratin::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
