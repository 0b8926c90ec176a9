// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "keratin/constraints/constraint.h"
#include "keratin/optimizers/averaged_drift.h"
#include "keratin/optimizers/closed_form.h"
#include "keratin/optimizers/common_options.h"
#include "keratin/optimizers/row_maps.h"
#include "keratin/optimizers/rule.h"

/// What the steps without gradient do to a row that its rule leaves at rest. Not installed.
namespace keratin::optimizers {

/// The rule's step without a gradient, on one row of kLongestRow elements at most. `slots` has
/// kMaxSlots pointers.
void update_without_gradient(const Rule& rule, const StepScalars& scalars, float* w,
                             float* const* slots, std::size_t n);

/// A step as variable_step.h has it, without its gradient.
struct MissedStep {
  StepScalars scalars;
  float learning_rate;
  float average_momentum;
  bool moves;  // false: a call that only accumulates gradients
  bool overwrite;
  bool constrain;

  friend bool operator==(const MissedStep&, const MissedStep&) = default;
};

/// The steps on record as rows at rest see them. A row is at rest when its rule moves its weights
/// no more, or in a way that is known: its moment never was anything but 0, or has sunk so low that
/// its push is lost in the last digit of each weight, as those of all later steps are. What is left
/// (weight decay, the average of use_ema, a projection) is linear in the row's numbers, so that any
/// number of steps is taken at once: docs/guides/deferred-updates.md has the algebra. Steps are
/// counted from the first on record. Threads: reading is safe while no step is pushed.
class RestingRows {
 public:
  RestingRows(std::shared_ptr<const Rule> rule, const CommonOptions& options, bool decays,
              std::shared_ptr<const constraints::Constraint> constraint);

  /// How rows come to rest under these options: with a projection kSign is kMoment, and so on.
  Rest::Kind kind() const { return rest_.kind; }
  /// About how many steps it takes a row to come to rest after a gradient, at most.
  std::int64_t longest_wait() const;
  /// Whether every row is at rest at every step, however it was moved before.
  bool always() const;
  /// Whether a row may move for many steps before it is at rest.
  bool waits() const;

  void reserve_one();
  void push(const MissedStep& step, double decay) noexcept;
  void restart() noexcept;
  void forget(std::int64_t steps) noexcept;

  /// Whether jump() may be asked to take the steps from `at`, which is on record as `step`, on this
  /// row. Slots of a row: those of the rule, then the average.
  bool rests(const MissedStep& step, std::int64_t at, const float* w, const float* const* slots,
             std::size_t n) const;
  /// Takes the steps from `from` up to `to` on a row at rest.
  void jump(float* w, float* const* slots, std::size_t n, std::int64_t from, std::int64_t to) const;

 private:
  /// What is projected after a step.
  enum class Projection { kNone, kNonNeg, kNorm, kUnknown };
  /// The norm of a row on its way, and its average: `kept` times what the average was, and
  /// `along` in the direction of the row.
  struct Scaled {
    double norm, along, kept;
  };

  bool is_quiet(const float* w, const float* const* slots, std::size_t n) const;
  bool push_is_lost(const MissedStep& step, std::int64_t at, const float* w,
                    const float* const* slots, std::size_t n) const;
  void note_push(double size, double decay) noexcept;
  bool is_fixed(const float* w, std::size_t n) const;
  void jump_elements(float* w, const float* s, float* average, std::size_t n, std::int64_t from,
                     std::int64_t to) const;
  void jump_norm(float* w, float* average, std::size_t n, std::int64_t from, std::int64_t to) const;
  Scaled scaled(Scaled row, std::int64_t from, std::int64_t to) const;
  Scaled one_step(Scaled row, std::int64_t at) const;
  std::size_t range_of(double norm) const;
  double projected(double norm) const;

  std::shared_ptr<const Rule> rule_;
  std::shared_ptr<const constraints::Constraint> constraint_;
  Rest rest_;
  std::size_t slot_count_;
  float least_moment_;  // below it a moment is 0
  bool averages_;
  bool accumulates_ = false;
  bool overwrites_;
  double average_momentum_;
  std::int64_t overwrite_frequency_;
  Projection projection_ = Projection::kNone;
  std::vector<constraints::NormRange> ranges_;  // of kNorm
  std::array<Powers, kMaxSlots> powers_;        // of the slots' decays

  std::vector<RowMaps> maps_;  // one, or one a range
  /// Where weights are averaged and their moves are known, rows that still move are at rest, too.
  std::optional<AveragedDrift> drift_;
  // What one_step() takes, of kNorm.
  struct Step {
    double decay;
    float average_momentum;
    bool overwrite, constrain;
  };
  StepList<Step> steps_;
  StepList<std::int64_t> moves_;  // steps that move, up to each
  // Of a step that moves: the size of a push and the decay, and whether a later push may be larger.
  struct Push {
    double size, decay;
    bool grows;
  };
  StepList<Push> pushes_;   // of kMoment
  bool linear_ = true;      // no step turns weights over: a projection goes on as it began
  bool constrains_ = true;  // every step projects
  bool moved_ = false;      // some step does anything to weights or averages at rest
};

}  // namespace keratin::optimizers
