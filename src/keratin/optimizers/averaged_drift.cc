// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/averaged_drift.h"

#include <algorithm>
#include <array>

#include "keratin/kernels/row_catch_up.h"

namespace keratin::optimizers {
AveragedDrift::AveragedDrift(const Drift& drift)
    : drift_(drift), series_(drift), sums_(2 * series_.terms) {
  reserve_one();
  restart();
}

void AveragedDrift::reserve_one() {
  sums_.reserve_one();
  moves_.reserve_one();
  complete_.reserve_one();
}

/// Of rows that are true now.
void AveragedDrift::begin_record() noexcept {
  std::fill_n(&sums_.add(), 2 * series_.terms, 0.0);
  complete_.push_back(0);
}

void AveragedDrift::restart() noexcept {
  count_ = 0;
  open_ = 0;
  sums_.clear();
  complete_.clear();
  moves_.clear();
  moves_.push_back(0);
  begin_record();
}

void AveragedDrift::forget(std::int64_t steps) noexcept {
  const auto dropped = static_cast<std::size_t>(steps);
  sums_.drop_first(dropped);
  moves_.drop_first(dropped);
  complete_.drop_first(dropped);
  for (std::size_t i = 0; i < complete_.size(); ++i) complete_[i] -= steps;
  count_ -= steps;
  open_ = std::max<std::int64_t>(0, open_ - steps);
}

void AveragedDrift::push(const RowMap& step, bool moves, double size_in_w,
                         double size_in_average) noexcept {
  const std::size_t terms = series_.terms;
  const std::int64_t moved = moves_.back() + (moves ? 1 : 0);
  for (std::int64_t since = open_; since <= count_; ++since) {
    double* const in_w = record(since);
    double* const in_average = in_w + terms;
    const double* const weight =
        moves ? series_.weights(moved - moves_[static_cast<std::size_t>(since)]) : nullptr;
    for (std::size_t n = 0; n < terms; ++n) {
      const double size = moves ? weight[n] : 0;
      const double w = in_w[n], average = in_average[n];
      in_w[n] = step.w[0] * w + step.w[1] * average + size_in_w * size;
      in_average[n] = step.average[0] * w + step.average[1] * average + size_in_average * size;
    }
  }
  ++count_;
  moves_.push_back(moved);
  begin_record();
  while (moved - moves_[static_cast<std::size_t>(open_)] >= series_.horizon)
    complete_[static_cast<std::size_t>(open_++)] = count_;
}

void AveragedDrift::apply(float* w, float* average, const float* const* slots, std::size_t n,
                          std::int64_t since, const RowMaps& maps) const {
  const std::size_t terms = series_.terms;
  const double* const in_w = &sums_[static_cast<std::size_t>(since)];
  const double* const in_average = in_w + terms;
  const std::int64_t complete = since < open_ ? complete_[static_cast<std::size_t>(since)] : count_;
  const RowMap later = maps.between(complete, count_);
  std::array<double, kernels::kMaxDriftTerms + 1> of_w, of_average;
  for (std::size_t k = 0; k < terms; ++k) {
    of_w[k] = later.w[0] * in_w[k] + later.w[1] * in_average[k];
    of_average[k] = later.average[0] * in_w[k] + later.average[1] * in_average[k];
  }
  of_w[terms] = of_average[terms] = 1;
  const float* const m = slots[drift_.m];
  const float* const r = slots[drift_.r];
  const kernels::DriftRow both[] = {{w, m, r, of_w.data(), 1},
                                    {average, m, r, of_average.data(), 1}};
  if (drift_.kind == Drift::Kind::kProduct) {
    kernels::drift_products(both, 2, n);
  } else {
    kernels::drift_quotients(both, 2, n, static_cast<float>(drift_.epsilon), drift_.root, terms);
  }
}

}  // namespace keratin::optimizers
