// SPDX-License-Identifier: Apache-2.0
#include "keratin/kernels/softmax.h"

#include <algorithm>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "keratin/kernels/softmax.cc"
// What is there once for each instruction set comes behind what begins them.
// clang-format off
#include "hwy/foreach_target.h"  // compiles this file once for each instruction set
#include "keratin/kernels/smooth-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace keratin::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr float kNothing = -std::numeric_limits<float>::infinity();

/// body(v, k, n) for vectors that cover `count` floats: those from k on, n of them. The last is
/// filled up by minus infinity, which is no maximum, and whose exponential is 0.
template <class D, class Body>
HWY_INLINE void for_each_filled(D d, std::int64_t count, const float* x, Body body) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t k = 0;
  for (; k + lanes <= count; k += lanes) body(hn::LoadU(d, x + k), k, lanes);
  if (k == count) return;
  HWY_ALIGN float rest[hn::MaxLanes(d)];
  hn::Store(hn::Set(d, kNothing), d, rest);
  std::copy(x + k, x + count, rest);
  body(hn::Load(d, rest), k, count - k);
}

float Largest(std::int64_t count, const float* x) {
  const hn::ScalableTag<float> d;
  auto most = hn::Set(d, kNothing), lost = hn::Zero(d);  // NaN may win a maximum, and lose the next
  for_each_filled(d, count, x, [&](auto v, std::int64_t, std::int64_t) HWY_ATTR {
    most = hn::Max(most, v);
    lost = hn::IfThenElse(hn::IsNaN(v), v, lost);
  });
  if (!hn::AllFalse(d, hn::IsNaN(lost))) return std::numeric_limits<float>::quiet_NaN();
  return hn::GetLane(hn::MaxOfLanes(d, most));
}

/// store(exp(x - by), the same in memory, k, n) of each vector; the sum.
template <class Store>
HWY_INLINE double for_each_exp(std::int64_t count, const float* x, float by, Store store) {
  const hn::ScalableTag<float> d;
  const hn::ScalableTag<double> wide;
  const hn::Rebind<float, decltype(wide)> part;
  HWY_ALIGN float block[hn::MaxLanes(d)];
  const auto off = hn::Set(d, by);
  auto sum = hn::Zero(wide), other = hn::Zero(wide);
  for_each_filled(d, count, x, [&](auto v, std::int64_t k, std::int64_t n) HWY_ATTR {
    const auto apart = hn::Sub(v, off);
    const auto e = keep_nan(apart, hn::Exp(d, apart));
    hn::Store(e, d, block);
    sum = hn::Add(sum, hn::PromoteTo(wide, hn::Load(part, block)));
    if (hn::Lanes(d) > hn::Lanes(wide))
      other = hn::Add(other, hn::PromoteTo(wide, hn::Load(part, block + hn::Lanes(wide))));
    store(e, block, k, n);
  });
  return hn::GetLane(hn::SumOfLanes(wide, hn::Add(sum, other)));
}

double ExpMinus(std::int64_t count, const float* x, float by, float* y) {
  const hn::ScalableTag<float> d;
  return for_each_exp(count, x, by,
                      [&](auto e, const float* block, std::int64_t k, std::int64_t n) HWY_ATTR {
                        if (n == static_cast<std::int64_t>(hn::Lanes(d))) {
                          hn::StoreU(e, d, y + k);
                        } else {
                          std::copy(block, block + n, y + k);
                        }
                      });
}

double SumOfExpMinus(std::int64_t count, const float* x, float by) {
  return for_each_exp(count, x, by, [](auto, const float*, std::int64_t, std::int64_t) HWY_ATTR {});
}

}  // namespace keratin::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace keratin::kernels {

HWY_EXPORT(Largest);
HWY_EXPORT(ExpMinus);
HWY_EXPORT(SumOfExpMinus);

float largest(std::int64_t count, const float* x) {
  return HWY_DYNAMIC_DISPATCH(Largest)(count, x);
}
double exp_minus(std::int64_t count, const float* x, float by, float* y) {
  return HWY_DYNAMIC_DISPATCH(ExpMinus)(count, x, by, y);
}
double sum_of_exp_minus(std::int64_t count, const float* x, float by) {
  return HWY_DYNAMIC_DISPATCH(SumOfExpMinus)(count, x, by);
}

}  // namespace keratin::kernels
#endif
