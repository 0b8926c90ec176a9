// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "keratin/optimizers/rule.h"
#include "keratin/table/deferred_steps.h"
#include "keratin/tensor/pages.h"

/// The steps that the rows of one variable miss, where a closed form is known. Not installed.
namespace keratin::optimizers {

/// The powers of a number in [0, 1] by whole exponents, from two short tables.
class Powers {
 public:
  explicit Powers(double base = 1);
  double operator()(std::int64_t exponent) const {
    const auto k = static_cast<std::size_t>(exponent);
    return k < kSize * kSize ? near_[k % kSize] * far_[k / kSize] : beyond(exponent);
  }

 private:
  static constexpr std::size_t kSize = 256;
  double beyond(std::int64_t exponent) const;

  std::array<double, kSize> near_;  // base^k
  std::array<double, kSize> far_;   // base^(256 k)
};

/// The series of a drift that has a moment: after `horizon` steps it moves nothing, and of a
/// quotient so many terms make the moves.
class DriftSeries {
 public:
  DriftSeries() = default;
  /// Each row of weights is padded to `stride`, or not.
  explicit DriftSeries(const Drift& drift, std::size_t stride = 0);
  /// The terms' shares in the move of the step that is so many steps after the gradient, from 1 to
  /// horizon.
  const double* weights(std::int64_t age) const {
    return weights_.data() + static_cast<std::size_t>(horizon - age) * stride;
  }

  std::int64_t horizon = 0;
  std::size_t terms = 0;
  std::size_t stride = 0;  // from one row of weights to that of the age before it

 private:
  std::vector<double> weights_;  // the longest age first
};

/// After each step, for every number of missed steps, what a row that was true then has to do: a
/// decay of its weights, and the sizes by which its moments move it
/// (docs/guides/deferred-updates.md). Rows of one age share them, so a step costs a few thousand
/// flops whatever the table. Threads: reading is safe while nothing is pushed.
class ClosedForm {
 public:
  /// Whether the series for this drift is short enough.
  static bool exists(const Drift& drift);
  explicit ClosedForm(const Drift& drift);

  /// Steps since the start or the last restart().
  std::int64_t count() const { return count_; }
  /// Makes room for one more step. Throws OutOfMemory or std::bad_alloc; then nothing has changed.
  void reserve_one();
  /// Adds a step: its size, and d = 1 - weight_decay * learning_rate, above 0.
  void push(double size, double decay) noexcept;
  /// Forgets: every row is true now.
  void restart() noexcept;
  /// Forgets the first steps: every row is true after them.
  void forget(std::int64_t steps) noexcept;

  /// Asks for the memory that weights() will look at.
  void prefetch(std::int64_t since) const;
  /// Moves the weights of rows of n elements; `base` is what their steps are counted from.
  void weights(std::span<const table::RowBehind> rows, std::size_t n, std::int64_t base) const;
  /// Decays their slots.
  void slots(std::span<const table::RowBehind> rows, std::size_t n, std::size_t slot_count,
             std::int64_t base) const;

 private:
  /// For rows true after step `since`: C_0 ... C_{N-1}, then P, up to now or to K steps later.
  double* record(std::int64_t since) const {
    return static_cast<double*>(records_.data()) + static_cast<std::size_t>(since) * series_.stride;
  }
  void begin_record() noexcept;
  void drift_without_series(const table::RowBehind& row, std::size_t n, std::int64_t since) const;
  double decay_between(std::int64_t from, std::int64_t to) const;

  Drift drift_;
  DriftSeries series_;  // what a step adds to each number of a record, which is as long as a stride
  std::array<Powers, kMaxSlots> powers_;  // of the slots' decays

  std::int64_t count_ = 0;
  Pages records_;                  // kProduct, kQuotient: one a step; pages begin with a line
  bool decays_ = false;            // some d was not 1
  std::vector<double> log_decay_;  // sum of log d up to each step
  std::vector<double> sign_size_;  // kSign: A_t = d A_{t-1} + size
};

}  // namespace keratin::optimizers
