// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "keratin/optimizers/rule.h"

/// The steps that the rows of one variable miss, where a closed form is known. Not installed.
namespace keratin::optimizers {

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
  std::int64_t count() const { return static_cast<std::int64_t>(log_decay_.size()) - 1; }
  /// Makes room for one more step. Throws std::bad_alloc; then nothing has changed.
  void reserve_one();
  /// Adds a step: its size, and d = 1 - weight_decay * learning_rate, above 0.
  void push(double size, double decay) noexcept;
  /// Forgets: every row is true now.
  void restart() noexcept;

  /// Moves the weights of a row of n elements that was true after step `since` of count().
  void weights(float* w, const float* const* slots, std::size_t n, std::int64_t since) const;
  /// Decays its slots.
  void slots(float* const* slots, std::size_t n, std::size_t slot_count, std::int64_t since) const;

 private:
  Drift drift_;
  std::size_t terms_ = 0;       // N, of the series in q
  std::int64_t horizon_ = 0;    // K: after so many steps a moment moves nothing
  std::vector<double> weight_;  // (K, N): decay_m^k (1 - decay_r^k)^n, oldest first
  std::vector<double> sizes_;   // (steps + 1, N): C_n for rows true after that step, up to now or K
  std::vector<double> log_decay_;  // sum of log d up to each step
  std::vector<double> sign_size_;  // kSign: A_t = d A_{t-1} + size
};

}  // namespace keratin::optimizers
