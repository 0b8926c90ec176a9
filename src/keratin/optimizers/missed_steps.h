// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "keratin/optimizers/closed_form.h"
#include "keratin/optimizers/common_options.h"
#include "keratin/optimizers/rule.h"
#include "keratin/optimizers/variable_step.h"
#include "keratin/table/deferred_steps.h"
#include "keratin/tensor/variable.h"

/// What an optimizer owes to the rows of a table that had no gradient. Not installed.
namespace keratin::optimizers {

enum class CatchUp {
  kNothing,     // a row without gradient stands still
  kClosedForm,  // all its missed steps at once
  kReplay,      // one after another, while the row is in the first-level cache
  kSweep,       // nothing is deferred: every step visits every row
};

struct CatchUpChoice {
  CatchUp how;
  std::string_view reason;
};

/// How the rows of `variable` keep up under this optimizer.
CatchUpChoice choose(const Rule& rule, const CommonOptions& options, bool decays,
                     const Variable& variable);

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
  /// Steps on record.
  std::int64_t recorded() const;
  /// Forgets them: every row is true now.
  void restart() noexcept;

  std::int64_t now() const override { return base_ + recorded(); }
  void prefetch(std::int64_t since) const override {
    if (closed_form_) closed_form_->prefetch(since - base_);
  }
  void catch_up_weights(float* w, const float* const* slots, std::size_t n,
                        std::int64_t since) const override;
  bool catch_up_slots(float* const* slots, std::size_t n, std::int64_t since) const override;
  void catch_up(float* w, float* const* slots, std::size_t n, std::int64_t since) const override;

 private:
  /// A step as variable_step.h has it, without its gradient.
  struct Record {
    StepScalars scalars;
    float learning_rate;
    float average_momentum;
    bool moves;  // false: a call that only accumulates gradients
    bool overwrite;
    bool constrain;
  };
  void replay_on_copies(float* w, const float* const* slots, std::size_t n,
                        std::int64_t since) const;
  void replay(float* w, float* const* slots, std::size_t n, std::int64_t since) const;

  std::shared_ptr<const Rule> rule_;
  std::size_t slot_count_;
  float weight_decay_;
  bool decays_;
  bool averages_;
  std::shared_ptr<const constraints::Constraint> constraint_;
  std::optional<ClosedForm> closed_form_;  // or
  std::vector<Record> records_;
  std::int64_t base_ = 0;
};

}  // namespace keratin::optimizers
