// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/closed_form.h"

#include <algorithm>
#include <cmath>

#include "keratin/kernels/row_catch_up.h"

namespace keratin::optimizers {
namespace {

constexpr double kNegligible = 1e-9;  // of the whole move: a sixtieth of a float32 rounding
constexpr std::int64_t kLongestHorizon = 32768;

/// (1 - d^k)^n comes from the slot itself, or from its root.
double decay_of_r(const Drift& drift) {
  const double decay = drift.decay[drift.r];
  return drift.root ? std::sqrt(decay) : decay;
}

std::int64_t horizon_of(const Drift& drift) {
  const double decay = drift.decay[drift.m];
  if (decay <= 0) return 1;
  if (decay >= 1) return kLongestHorizon + 1;
  return static_cast<std::int64_t>(std::min(
      std::ceil(std::log(kNegligible * (1 - decay)) / std::log(decay)), kLongestHorizon + 1.0));
}

/// N such that the series cut after N terms misses at most kNegligible of the move, at q = 1, where
/// it converges most slowly: the sum over k of decay_m^k |1 / x_k - sum_{n<N} (1 - x_k)^n|, and
/// what is missed of 1 / x is (1 - x)^N / x. Zero when no N will do.
std::size_t terms_of(const Drift& drift, std::int64_t horizon) {
  if (drift.kind != Drift::Kind::kQuotient) return 1;
  const double m = drift.decay[drift.m];
  const double r = decay_of_r(drift);
  if (r == 1) return 1;
  for (std::size_t terms = 2; terms <= kernels::kMaxDriftTerms; ++terms) {
    double missed = 0;
    double whole = 0;
    for (std::int64_t k = 1; k <= horizon; ++k) {
      const double x = std::pow(r, static_cast<double>(k));
      const double share = std::pow(m, static_cast<double>(k)) / x;
      whole += share;
      missed += share * std::pow(1 - x, static_cast<double>(terms));
    }
    if (missed <= 10 * kNegligible * whole) return terms;
  }
  return 0;
}

}  // namespace

bool ClosedForm::exists(const Drift& drift) {
  // What grows, or turns over at every step, is not for powers and cuts.
  for (const double decay : drift.decay) {
    if (!(decay >= 0 && decay <= 1)) return false;
  }
  if (drift.kind == Drift::Kind::kNone || drift.kind == Drift::Kind::kSign) return true;
  // Keras: 0 / 0 where there has been no gradient.
  if (drift.kind == Drift::Kind::kQuotient && !(drift.epsilon > 0)) return false;
  const std::int64_t horizon = horizon_of(drift);
  // A root that decays faster than the mean lets the moves grow: no cut is safe.
  if (drift.kind == Drift::Kind::kQuotient && decay_of_r(drift) <= drift.decay[drift.m])
    return false;
  return horizon <= kLongestHorizon && terms_of(drift, horizon) != 0;
}

ClosedForm::ClosedForm(const Drift& drift) : drift_(drift) {
  if (drift_.kind == Drift::Kind::kProduct || drift_.kind == Drift::Kind::kQuotient) {
    horizon_ = horizon_of(drift_);
    terms_ = terms_of(drift_, horizon_);
    const double r = drift_.kind == Drift::Kind::kQuotient ? decay_of_r(drift_) : 1.0;
    for (std::int64_t k = horizon_; k >= 1; --k) {
      const double m = std::pow(drift_.decay[drift_.m], static_cast<double>(k));
      const double rest = 1 - std::pow(r, static_cast<double>(k));
      for (std::size_t n = 0; n < terms_; ++n)
        weight_.push_back(m * std::pow(rest, static_cast<double>(n)));
    }
  }
  reserve_one();
  restart();
}

void ClosedForm::reserve_one() {
  const auto make_room = [](std::vector<double>& v, std::size_t more) {
    if (v.capacity() - v.size() < more) v.reserve(std::max<std::size_t>(2 * v.size(), 64) + more);
  };
  make_room(log_decay_, 2);
  make_room(sizes_, 2 * std::max<std::size_t>(1, terms_));
  make_room(sign_size_, 2);
}

void ClosedForm::restart() noexcept {
  log_decay_.assign(1, 0.0);
  sizes_.assign(terms_, 0.0);
  sign_size_.assign(1, 0.0);
}

void ClosedForm::push(double size, double decay) noexcept {
  // C_n of a row that was true after step t0 takes in this step t as d C_n + size * weight(t - t0).
  const std::int64_t before = count();  // steps: the newest rows are true after step `before`
  const std::int64_t rows = std::min(before + 1, horizon_);
  double* sum = sizes_.data() + static_cast<std::size_t>(before + 1 - rows) * terms_;
  const double* weight = weight_.data() + static_cast<std::size_t>(horizon_ - rows) * terms_;
  const std::size_t n = static_cast<std::size_t>(rows) * terms_;
  for (std::size_t i = 0; i < n; ++i) sum[i] = decay * sum[i] + size * weight[i];
  for (std::size_t i = 0; i < terms_; ++i) sizes_.push_back(0.0);
  sign_size_.push_back(decay * sign_size_.back() + size);
  log_decay_.push_back(log_decay_.back() + std::log(decay));
}

void ClosedForm::weights(float* w, const float* const* slots, std::size_t n,
                         std::int64_t since) const {
  const auto from = static_cast<std::size_t>(since);
  const double decay = std::exp(log_decay_.back() - log_decay_[from]);
  const auto factor = static_cast<float>(decay);
  switch (drift_.kind) {
    case Drift::Kind::kNone:
      if (factor != 1) kernels::decay_elements(w, n, factor);
      return;
    case Drift::Kind::kSign:
      kernels::drift_sign(w, slots[drift_.m], n, factor,
                          static_cast<float>(sign_size_.back() - decay * sign_size_[from]));
      return;
    case Drift::Kind::kProduct:
    case Drift::Kind::kQuotient:
      break;
  }
  // After K steps the sums stand still but for the decay since.
  const auto settled = static_cast<std::size_t>(std::min(since + horizon_, count()));
  const double later = std::exp(log_decay_.back() - log_decay_[settled]);
  float c[kernels::kMaxDriftTerms];
  for (std::size_t k = 0; k < terms_; ++k)
    c[k] = static_cast<float>(sizes_[from * terms_ + k] * later);
  if (drift_.kind == Drift::Kind::kProduct) {
    kernels::drift_product(w, slots[drift_.m], n, factor, c[0]);
  } else {
    kernels::drift_quotient(w, slots[drift_.m], slots[drift_.r], n, factor,
                            static_cast<float>(drift_.epsilon), drift_.root, c, terms_);
  }
}

void ClosedForm::slots(float* const* slots, std::size_t n, std::size_t slot_count,
                       std::int64_t since) const {
  const auto steps = static_cast<double>(count() - since);
  for (std::size_t k = 0; k < slot_count; ++k) {
    if (drift_.decay[k] == 1) continue;
    kernels::decay_elements(slots[k], n, static_cast<float>(std::pow(drift_.decay[k], steps)));
  }
}

}  // namespace keratin::optimizers
