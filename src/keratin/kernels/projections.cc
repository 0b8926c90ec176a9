// SPDX-License-Identifier: Apache-2.0
#include "keratin/kernels/projections.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "keratin/kernels/projections.cc"
#include "hwy/foreach_target.h"  // compiles this file once for each instruction set
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace keratin::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Of kQ vectors q and kV vectors v at once: as many sums as stay in registers, and every element
/// that is read takes part in several.
template <int kQ, int kV>
HWY_INLINE void subtract(const double* q, double* v, std::int64_t n) {
  const hn::ScalableTag<double> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::int64_t whole = n - n % lanes;
  using V = hn::Vec<decltype(d)>;
  double share[kQ][kV];
  {
    V s00 = hn::Zero(d), s01 = s00, s02 = s00, s03 = s00, s10 = s00, s11 = s00, s12 = s00,
      s13 = s00;
    for (std::int64_t k = 0; k < whole; k += lanes) {
      const V a = hn::LoadU(d, q + k), b = kQ > 1 ? hn::LoadU(d, q + n + k) : a;
      const auto add = [&](V x, V& first, V& second) HWY_ATTR {
        first = hn::MulAdd(a, x, first);
        if (kQ > 1) second = hn::MulAdd(b, x, second);
      };
      add(hn::LoadU(d, v + k), s00, s10);
      if (kV > 1) {
        add(hn::LoadU(d, v + n + k), s01, s11);
        add(hn::LoadU(d, v + 2 * n + k), s02, s12);
        add(hn::LoadU(d, v + 3 * n + k), s03, s13);
      }
    }
    const V sums[2][4] = {{s00, s01, s02, s03}, {s10, s11, s12, s13}};
    for (int i = 0; i < kQ; ++i) {
      for (int j = 0; j < kV; ++j) {
        share[i][j] = hn::GetLane(hn::SumOfLanes(d, sums[i][j]));
        for (std::int64_t k = whole; k < n; ++k) share[i][j] += q[i * n + k] * v[j * n + k];
      }
    }
  }
  for (int j = 0; j < kV; ++j) {
    double* const to = v + j * n;
    const V first = hn::Set(d, share[0][j]), second = hn::Set(d, share[kQ - 1][j]);
    for (std::int64_t k = 0; k < whole; k += lanes) {
      V x = hn::NegMulAdd(first, hn::LoadU(d, q + k), hn::LoadU(d, to + k));
      if (kQ > 1) x = hn::NegMulAdd(second, hn::LoadU(d, q + n + k), x);
      hn::StoreU(x, d, to + k);
    }
    for (std::int64_t k = whole; k < n; ++k) {
      for (int i = 0; i < kQ; ++i) to[k] -= share[i][j] * q[i * n + k];
    }
  }
}

template <int kQ>
HWY_INLINE void subtract_from_all(const double* q, double* v, std::int64_t v_count,
                                  std::int64_t n) {
  std::int64_t j = 0;
  for (; j + 4 <= v_count; j += 4) subtract<kQ, 4>(q, v + j * n, n);
  for (; j < v_count; ++j) subtract<kQ, 1>(q, v + j * n, n);
}

void SubtractProjections(const double* q, std::int64_t q_count, double* v, std::int64_t v_count,
                         std::int64_t n) {
  std::int64_t i = 0;
  for (; i + 2 <= q_count; i += 2) subtract_from_all<2>(q + i * n, v, v_count, n);
  if (i < q_count) subtract_from_all<1>(q + i * n, v, v_count, n);
}

}  // namespace keratin::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace keratin::kernels {

HWY_EXPORT(SubtractProjections);

void subtract_projections(const double* q, std::int64_t q_count, double* v, std::int64_t v_count,
                          std::int64_t n) {
  HWY_DYNAMIC_DISPATCH(SubtractProjections)(q, q_count, v, v_count, n);
}

}  // namespace keratin::kernels
#endif
