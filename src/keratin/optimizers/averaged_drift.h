// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "keratin/optimizers/closed_form.h"
#include "keratin/optimizers/row_maps.h"
#include "keratin/optimizers/rule.h"
#include "keratin/optimizers/step_list.h"

/// The closed form of rows whose weights are averaged. Not installed.
namespace keratin::optimizers {

/// What the moment of a row adds to its weights, and through them to their average, in the steps on
/// record: beside what RowMaps has, which is linear in weights and average, two sums of scalars for
/// each term of the series of ClosedForm (docs/guides/deferred-updates.md). Rows of one age share
/// them. Threads: reading is safe while nothing is pushed.
class AveragedDrift {
 public:
  /// For a drift of which ClosedForm::exists(), and which has a moment.
  explicit AveragedDrift(const Drift& drift);

  /// Makes room for one more step. Throws std::bad_alloc; then nothing has changed.
  void reserve_one();
  /// Adds a step: what it does to weights and average, and, where it moves, its size, of which so
  /// much is in the weights and in the average after it.
  void push(const RowMap& step, bool moves, double size_in_w, double size_in_average) noexcept;
  void restart() noexcept;
  /// Forgets the first steps.
  void forget(std::int64_t steps) noexcept;
  /// Adds the moves of all steps from `since` on. The slots are as they were before. `maps` has the
  /// same steps.
  void apply(float* w, float* average, const float* const* slots, std::size_t n, std::int64_t since,
             const RowMaps& maps) const;

 private:
  double* record(std::int64_t since) { return &sums_[static_cast<std::size_t>(since)]; }
  void begin_record() noexcept;

  Drift drift_;
  DriftSeries series_;
  std::int64_t count_ = 0;
  std::int64_t open_ = 0;         // the first record to which moves are still added
  StepList<double> sums_;         // for each step: of each term, in the weights and in the average
  StepList<std::int64_t> moves_;  // steps that move, up to each
  StepList<std::int64_t> complete_;  // the step after which a record that is not open stands still
};

}  // namespace keratin::optimizers
