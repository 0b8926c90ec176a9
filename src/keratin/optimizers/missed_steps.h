// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "keratin/optimizers/closed_form.h"
#include "keratin/optimizers/common_options.h"
#include "keratin/optimizers/resting_rows.h"
#include "keratin/optimizers/rule.h"
#include "keratin/optimizers/variable_step.h"
#include "keratin/table/deferred_steps.h"
#include "keratin/tensor/variable.h"

/// What an optimizer owes to the rows of a table that had no gradient. Not installed.
namespace keratin::optimizers {

enum class CatchUp {
  kNothing,     // a row without gradient stands still
  kClosedForm,  // all its missed steps at once
  kReplay,      // one after another until the row rests, and then all at once
  kSweep,       // nothing is deferred: every step visits every row
};

struct CatchUpChoice {
  CatchUp how;
  std::string_view reason;
};

/// How the rows of `variable` keep up under this optimizer.
CatchUpChoice choose(const std::shared_ptr<const Rule>& rule, const CommonOptions& options,
                     bool decays, const Variable& variable);

/// The steps on record of one variable. Slots of a row: those of the rule, then the average of
/// use_ema. Threads: reading is safe while no step is pushed.
class MissedSteps final : public table::DeferredSteps {
 public:
  /// For a choice of kClosedForm or kReplay.
  MissedSteps(std::shared_ptr<const Rule> rule, const CommonOptions& options, bool decays,
              const Variable& variable);

  /// Makes room for one more step. Throws std::bad_alloc; then nothing has changed.
  void reserve_one();
  /// Adds the step, `step` being what was done to the rows that had a gradient.
  void push(const VariableStep& step) noexcept;
  /// Whether a step with this rate is better taken on all rows: one that is not like those on
  /// record, where only steps that are like each other are taken at once.
  bool breaks_off(float learning_rate) const;
  /// Steps on record.
  std::int64_t recorded() const;
  /// Forgets them: every row is true now.
  void restart() noexcept;
  /// Forgets some that came before step `until`, up to which every row is true.
  void forget(std::int64_t until) noexcept;

  std::int64_t now() const override { return base_ + recorded(); }
  void prefetch(std::int64_t since) const override {
    if (closed_form_) closed_form_->prefetch(since - base_);
  }
  void catch_up_weights(std::span<const table::RowBehind> rows, std::size_t n) const override;
  std::int64_t dear_after() const override;
  Advanced advance(float* w, float* const* slots, std::size_t n, std::int64_t since) const override;
  bool catch_up_slots(std::span<const table::RowBehind> rows, std::size_t n) const override;
  void catch_up(std::span<const table::RowBehind> rows, std::size_t n) const override;

 private:
  void take(const MissedStep& step, float* w, float* const* slots, std::size_t n) const;
  void take(std::int64_t from, std::int64_t to, float* w, float* const* slots, std::size_t n) const;
  struct Replayed {
    std::int64_t next;  // the record that would be next
    bool rests;
  };
  Replayed replay(float* w, float* const* slots, std::size_t n, std::int64_t from,
                  std::int64_t to) const;
  void bring_up(float* w, float* const* slots, std::size_t n, std::int64_t from) const;
  void bring_up_copy(const table::RowBehind& row, std::size_t n) const;
  void take_latest(float* w, float* const* slots, std::size_t n, std::int64_t from) const;
  void take_same(float* w, float* const* slots, std::size_t n, std::int64_t from) const;
  double decay_of(float learning_rate) const;

  std::shared_ptr<const Rule> rule_;
  std::size_t slot_count_;
  float weight_decay_;
  bool decays_;
  bool averages_;
  std::shared_ptr<const constraints::Constraint> constraint_;
  std::int64_t average_memory_;            // steps, after which an average has forgotten
  std::optional<ClosedForm> closed_form_;  // or
  std::optional<RestingRows> resting_;
  StepList<MissedStep> records_;
  std::int64_t latest_move_ = -1;  // the last record that moves
  std::int64_t same_from_ = 0;     // from this one on, one record is like another
  std::int64_t base_ = 0;          // the step after which the first record was taken
};

}  // namespace keratin::optimizers
