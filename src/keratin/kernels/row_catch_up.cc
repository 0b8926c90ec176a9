// SPDX-License-Identifier: Apache-2.0
#include "keratin/kernels/row_catch_up.h"

#include <algorithm>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "keratin/kernels/row_catch_up.cc"
#include "hwy/foreach_target.h"  // compiles this file once for each instruction set
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace keratin::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Calls body(tag, i) for whole vectors, then for one element at a time.
template <class Body>
HWY_INLINE void for_vectors(std::size_t n, const Body& body) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) body(d, i);
  const hn::CappedTag<float, 1> one;
  for (; i < n; ++i) body(one, i);
}

constexpr float kSmallestNormal = std::numeric_limits<float>::min();

/// x, or 0 where |x| < limit; NaN stays. Processors take a hundred cycles for arithmetic with
/// numbers below the normal ones, and the moments of a row that sleeps end there; to compare them
/// costs nothing.
template <class D>
HWY_INLINE hn::Vec<D> unless_below(D d, hn::Vec<D> x, float limit) {
  return hn::IfThenZeroElse(hn::Lt(hn::Abs(x), hn::Set(d, limit)), x);
}

/// Multiplies by a number. One that is nearly 1 is off by as much as 2^-25 when it is rounded, and
/// to the same side at each catch-up of a training: so it is what is taken away that is rounded.
struct Decay {
  explicit Decay(double decay)
      : factor(static_cast<float>(decay)),
        loss(decay > 0.5 && decay < 1 ? static_cast<float>(1 - decay) : 0.0f) {}
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, hn::Vec<D> x) const {
    if (loss == 0) return hn::Mul(x, hn::Set(d, factor));
    return hn::Sub(x, hn::Mul(x, hn::Set(d, loss)));
  }

  float factor, loss;
};

void drift_products(const DriftRow* rows, std::size_t count, std::size_t n) {
  for (const DriftRow* row = rows; row != rows + count; ++row) {
    const auto size = static_cast<float>(row->c[0] * row->later);
    const Decay decay(row->c[1] * row->later);
    for_vectors(n, [&](auto d, std::size_t i) HWY_ATTR {
      const auto kept = decay(d, hn::LoadU(d, row->w + i));
      const auto moved = hn::Mul(hn::LoadU(d, row->m + i), hn::Set(d, size));
      hn::StoreU(hn::Sub(kept, moved), d, row->w + i);
    });
  }
}

/// The numbers of a row's series.
HWY_INLINE void series_of(const DriftRow& row, std::size_t terms, float* out) {
  const hn::CappedTag<double, 4> d;
  const hn::Rebind<float, decltype(d)> as_float;
  const auto later = hn::Set(d, row.later);
  std::size_t k = 0;
  for (; k + hn::Lanes(d) <= terms; k += hn::Lanes(d))
    hn::StoreU(hn::DemoteTo(as_float, hn::Mul(hn::LoadU(d, row.c + k), later)), as_float, out + k);
  for (; k < terms; ++k) out[k] = static_cast<float>(row.c[k] * row.later);
}

HWY_INLINE void drift_quotient(const DriftRow& row, std::size_t n, float epsilon, bool root,
                               std::size_t terms) {
  float c[kMaxDriftTerms];
  series_of(row, terms, c);
  float* const w = row.w;
  const float* const m = row.m;
  const float* const v = row.v;
  const Decay decay(row.c[terms] * row.later);
  // Far below epsilon neither moment moves anything: |m| / epsilon < 2^-80.
  const float least_m = std::max(kSmallestNormal, epsilon * 0x1p-80f);
  const float least_v = epsilon > 1e-12f ? kSmallestNormal : 0.0f;
  for_vectors(n, [&](auto d, std::size_t i) HWY_ATTR {
    auto r = unless_below(d, hn::LoadU(d, v + i), least_v);
    if (root) r = hn::Sqrt(r);
    const auto inverse = hn::Div(hn::Set(d, 1.0f), hn::Add(r, hn::Set(d, epsilon)));
    // An infinite r divides every mean to nothing; infinity * 0 would be NaN.
    const auto infinite = hn::Eq(inverse, hn::Zero(d));
    const auto q = hn::IfThenElse(infinite, hn::Set(d, 1.0f), hn::Mul(r, inverse));
    // Terms with even powers apart from those with odd ones: half as many wait for each other.
    const auto q2 = hn::Mul(q, q);
    std::size_t k = (terms - 1) / 2 * 2;
    auto even = hn::Set(d, c[k]);
    auto odd = k + 1 < terms ? hn::Set(d, c[k + 1]) : hn::Zero(d);
    for (; k >= 2; k -= 2) {
      even = hn::Add(hn::Mul(even, q2), hn::Set(d, c[k - 2]));
      odd = hn::Add(hn::Mul(odd, q2), hn::Set(d, c[k - 1]));
    }
    const auto sum = hn::Add(even, hn::Mul(odd, q));
    const auto mean = unless_below(d, hn::LoadU(d, m + i), least_m);
    const auto moved = hn::Mul(hn::Mul(mean, inverse), sum);
    const auto kept = decay(d, hn::LoadU(d, w + i));
    // Nothing moves without a mean, whatever the quotient (0 / 0 where epsilon is 0).
    const auto still = hn::Eq(mean, hn::Zero(d));
    hn::StoreU(hn::IfThenElse(still, kept, hn::Sub(kept, moved)), d, w + i);
  });
}

void drift_quotients(const DriftRow* rows, std::size_t count, std::size_t n, float epsilon,
                     bool root, std::size_t terms) {
  for (std::size_t i = 0; i < count; ++i) drift_quotient(rows[i], n, epsilon, root, terms);
}

void drift_sign(float* w, const float* m, std::size_t n, double by, float size) {
  const Decay decay(by);
  for_vectors(n, [&](auto d, std::size_t i) HWY_ATTR {
    const auto x = hn::LoadU(d, m + i);
    const auto zero = hn::Zero(d);
    const auto up = hn::IfThenElseZero(hn::Gt(x, zero), hn::Set(d, size));
    const auto move = hn::IfThenElse(hn::Lt(x, zero), hn::Set(d, -size), up);
    const auto kept = decay(d, hn::LoadU(d, w + i));
    hn::StoreU(hn::Sub(kept, move), d, w + i);
  });
}

void add_drift(double* sum, const double* weight, std::size_t n, double decay, double size) {
  const hn::ScalableTag<double> d;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) {
    const auto kept = hn::Mul(hn::LoadU(d, sum + i), hn::Set(d, decay));
    hn::StoreU(hn::Add(kept, hn::Mul(hn::LoadU(d, weight + i), hn::Set(d, size))), d, sum + i);
  }
  for (; i < n; ++i) sum[i] = decay * sum[i] + size * weight[i];
}

HWY_INLINE void decay_row(float* x, std::size_t n, double factor) {
  if (factor == 1) return;
  const Decay decay(factor);
  const float limit =
      kSmallestNormal / decay.factor;  // below it, the product is not a normal number
  for_vectors(n, [&](auto d, std::size_t i) HWY_ATTR {
    const auto old = hn::LoadU(d, x + i);
    const auto small = hn::Lt(hn::Abs(old), hn::Set(d, limit));
    const auto product = decay(d, hn::IfThenElse(small, hn::Zero(d), old));
    const auto smallest = hn::CopySign(hn::Set(d, kSmallestNormal), old);
    const auto lost = hn::And(small, hn::Ne(old, hn::Zero(d)));
    const auto kept = hn::IfThenElse(hn::IsInf(old), old, product);
    hn::StoreU(hn::IfThenElse(lost, smallest, kept), d, x + i);
  });
}
void decay_elements(float* x, std::size_t n, double factor) { decay_row(x, n, factor); }
void decay_rows(float* const* rows, const double* factors, std::size_t count, std::size_t n) {
  for (std::size_t i = 0; i < count; ++i) decay_row(rows[i], n, factors[i]);
}

}  // namespace keratin::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace keratin::kernels {

HWY_EXPORT(drift_products);
HWY_EXPORT(drift_quotients);
HWY_EXPORT(drift_sign);
HWY_EXPORT(add_drift);
HWY_EXPORT(decay_elements);
HWY_EXPORT(decay_rows);

void drift_products(const DriftRow* rows, std::size_t count, std::size_t n) {
  HWY_DYNAMIC_DISPATCH(drift_products)(rows, count, n);
}
void drift_quotients(const DriftRow* rows, std::size_t count, std::size_t n, float epsilon,
                     bool root, std::size_t terms) {
  HWY_DYNAMIC_DISPATCH(drift_quotients)(rows, count, n, epsilon, root, terms);
}
void add_drift(double* sum, const double* weight, std::size_t n, double decay, double size) {
  HWY_DYNAMIC_DISPATCH(add_drift)(sum, weight, n, decay, size);
}
void drift_sign(float* w, const float* m, std::size_t n, double decay, float size) {
  HWY_DYNAMIC_DISPATCH(drift_sign)(w, m, n, decay, size);
}
void decay_elements(float* x, std::size_t n, double factor) {
  HWY_DYNAMIC_DISPATCH(decay_elements)(x, n, factor);
}
void decay_rows(float* const* rows, const double* factors, std::size_t count, std::size_t n) {
  HWY_DYNAMIC_DISPATCH(decay_rows)(rows, factors, count, n);
}

}  // namespace keratin::kernels
#endif
