// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/closed_form.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "keratin/kernels/row_catch_up.h"

namespace keratin::optimizers {
namespace {

constexpr double kNegligible = 1e-9;  // of the whole move: a sixtieth of a float32 rounding
constexpr std::int64_t kLongestHorizon = 32768;
constexpr std::size_t kLine = 64 / sizeof(double);  // numbers that come from memory together
constexpr std::size_t kTogether = 16;               // rows that a kernel is called for

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

DriftSeries::DriftSeries(const Drift& drift, std::size_t padded)
    : horizon(horizon_of(drift)), terms(terms_of(drift, horizon)), stride(std::max(terms, padded)) {
  const double r = drift.kind == Drift::Kind::kQuotient ? decay_of_r(drift) : 1.0;
  for (std::int64_t k = horizon; k >= 1; --k) {
    const double m = std::pow(drift.decay[drift.m], static_cast<double>(k));
    const double rest = 1 - std::pow(r, static_cast<double>(k));
    for (std::size_t n = 0; n < stride; ++n)
      weights_.push_back(n < terms ? m * std::pow(rest, static_cast<double>(n)) : 0.0);
  }
}

Powers::Powers(double base) {
  for (std::size_t k = 0; k < kSize; ++k) {
    near_[k] = std::pow(base, static_cast<double>(k));
    far_[k] = std::pow(base, static_cast<double>(k * kSize));
  }
}

double Powers::beyond(std::int64_t exponent) const {
  return std::pow(near_[1], static_cast<double>(exponent));
}

ClosedForm::ClosedForm(const Drift& drift) : drift_(drift) {
  for (std::size_t k = 0; k < kMaxSlots; ++k) powers_[k] = Powers(drift.decay[k]);
  if (drift_.kind == Drift::Kind::kProduct || drift_.kind == Drift::Kind::kQuotient) {
    const std::size_t terms = terms_of(drift_, horizon_of(drift_));
    // A record is a whole number of cache lines or a whole part of one: few rows share a record.
    series_ = DriftSeries(
        drift_, terms + 1 <= kLine ? std::bit_ceil(terms + 1) : (terms + kLine) / kLine * kLine);
  }
  reserve_one();
  restart();
}

void ClosedForm::reserve_one() {
  const auto steps = static_cast<std::size_t>(count_) + 2;
  if (const std::size_t bytes = steps * series_.stride * sizeof(double); bytes > records_.bytes())
    records_.grow(2 * bytes, "the steps that rows have missed");
  const auto make_room = [](std::vector<double>& v) {
    if (v.capacity() == v.size()) v.reserve(std::max<std::size_t>(2 * v.size(), 64));
  };
  make_room(log_decay_);
  if (drift_.kind == Drift::Kind::kSign) make_room(sign_size_);
}

void ClosedForm::restart() noexcept {
  count_ = 0;
  decays_ = false;
  log_decay_.assign(1, 0.0);
  if (drift_.kind == Drift::Kind::kSign) sign_size_.assign(1, 0.0);
  begin_record();
}

void ClosedForm::forget(std::int64_t steps) noexcept {
  count_ -= steps;
  log_decay_.erase(log_decay_.begin(), log_decay_.begin() + steps);
  if (drift_.kind == Drift::Kind::kSign)
    sign_size_.erase(sign_size_.begin(), sign_size_.begin() + steps);
  if (series_.stride != 0)
    std::copy_n(record(steps), static_cast<std::size_t>(count_ + 1) * series_.stride, record(0));
}

/// Of rows that are true now.
void ClosedForm::begin_record() noexcept {
  if (series_.stride == 0) return;
  std::fill_n(record(count_), series_.stride, 0.0);
  record(count_)[series_.terms] = 1;
}

void ClosedForm::push(double size, double decay) noexcept {
  // A row that was true after step t0 takes in this step t: C_n = d C_n + size * weight(t - t0),
  // and P = d P.
  const std::int64_t rows = std::min(count_ + 1, series_.horizon);
  if (rows > 0) {
    kernels::add_drift(record(count_ + 1 - rows), series_.weights(rows),
                       static_cast<std::size_t>(rows) * series_.stride, decay, size);
  }
  decays_ = decays_ || decay != 1;
  log_decay_.push_back(decay == 1 ? log_decay_.back() : log_decay_.back() + std::log(decay));
  if (drift_.kind == Drift::Kind::kSign) sign_size_.push_back(decay * sign_size_.back() + size);
  ++count_;
  begin_record();
}

double ClosedForm::decay_between(std::int64_t from, std::int64_t to) const {
  if (!decays_ || from == to) return 1;
  return std::exp(log_decay_[static_cast<std::size_t>(to)] -
                  log_decay_[static_cast<std::size_t>(from)]);
}

void ClosedForm::prefetch(std::int64_t since) const {
  if (series_.stride == 0) return;
  for (std::size_t i = 0; i < series_.stride; i += kLine) __builtin_prefetch(record(since) + i);
}

void ClosedForm::drift_without_series(const table::RowBehind& row, std::size_t n,
                                      std::int64_t since) const {
  const double decay = decay_between(since, count_);
  if (drift_.kind == Drift::Kind::kSign) {
    const double before = sign_size_[static_cast<std::size_t>(since)];
    kernels::drift_sign(row.w, row.slots[drift_.m], n, decay,
                        static_cast<float>(sign_size_.back() - decay * before));
  } else {
    kernels::decay_elements(row.w, n, decay);
  }
}

void ClosedForm::weights(std::span<const table::RowBehind> rows, std::size_t n,
                         std::int64_t base) const {
  if (series_.stride == 0) {
    for (const table::RowBehind& row : rows) drift_without_series(row, n, row.since - base);
    return;
  }
  std::array<kernels::DriftRow, kTogether> some;
  for (; !rows.empty(); rows = rows.subspan(std::min(rows.size(), kTogether))) {
    const std::size_t count = std::min(rows.size(), kTogether);
    for (std::size_t i = 0; i < count; ++i) {
      const table::RowBehind& row = rows[i];
      const std::int64_t since = row.since - base;
      // After K steps the sums stand still but for the decay since.
      some[i] = {row.w, row.slots[drift_.m], row.slots[drift_.r], record(since),
                 decay_between(std::min(since + series_.horizon, count_), count_)};
    }
    if (drift_.kind == Drift::Kind::kProduct) {
      kernels::drift_products(some.data(), count, n);
    } else {
      kernels::drift_quotients(some.data(), count, n, static_cast<float>(drift_.epsilon),
                               drift_.root, series_.terms);
    }
  }
}

void ClosedForm::slots(std::span<const table::RowBehind> rows, std::size_t n,
                       std::size_t slot_count, std::int64_t base) const {
  std::array<float*, kTogether> at;
  std::array<double, kTogether> factors;
  for (; !rows.empty(); rows = rows.subspan(std::min(rows.size(), kTogether))) {
    const std::size_t count = std::min(rows.size(), kTogether);
    for (std::size_t k = 0; k < slot_count; ++k) {
      if (drift_.decay[k] == 1) continue;
      for (std::size_t i = 0; i < count; ++i) {
        at[i] = rows[i].slots[k];
        factors[i] = powers_[k](count_ - (rows[i].since - base));
      }
      kernels::decay_rows(at.data(), factors.data(), count, n);
    }
  }
}

}  // namespace keratin::optimizers
