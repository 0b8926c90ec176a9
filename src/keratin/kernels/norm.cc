// SPDX-License-Identifier: Apache-2.0
#include "keratin/kernels/norm.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "keratin/kernels/norm.cc"
#include "hwy/foreach_target.h"  // compiles this file once for each instruction set
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace keratin::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Element i is added to sum i % 32: independent sums, so that additions need not wait for each
/// other, and the same ones whatever a vector holds. A square of floats is exact in double.
double SumOfSquares(const float* x, std::size_t n) {
  constexpr std::size_t kSums = 32;
  const hn::CappedTag<double, 8> d;
  const hn::Rebind<float, decltype(d)> floats;
  const std::size_t lanes = hn::Lanes(d);
  const std::size_t whole = n - n % kSums;
  HWY_ALIGN double sums[kSums] = {};
  const auto add = [&](const float* at, auto sum) HWY_ATTR {
    const auto value = hn::PromoteTo(d, hn::LoadU(floats, at));
    return hn::MulAdd(value, value, sum);
  };
  for (std::size_t k = 0; k < kSums; k += 4 * lanes) {  // as many sums as stay in registers
    auto a = hn::Zero(d);
    auto b = a;
    auto c = a;
    auto e = a;
    for (std::size_t i = k; i < whole; i += kSums) {
      a = add(x + i, a);
      b = add(x + i + lanes, b);
      c = add(x + i + 2 * lanes, c);
      e = add(x + i + 3 * lanes, e);
    }
    hn::StoreU(a, d, sums + k);
    hn::StoreU(b, d, sums + k + lanes);
    hn::StoreU(c, d, sums + k + 2 * lanes);
    hn::StoreU(e, d, sums + k + 3 * lanes);
  }
  double total = 0;
  for (const double sum : sums) total += sum;
  for (std::size_t i = whole; i < n; ++i) total += static_cast<double>(x[i]) * x[i];
  return total;
}

}  // namespace keratin::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace keratin::kernels {

HWY_EXPORT(SumOfSquares);

double sum_of_squares(const float* x, std::size_t n) {
  return HWY_DYNAMIC_DISPATCH(SumOfSquares)(x, n);
}

}  // namespace keratin::kernels
#endif  // HWY_ONCE
