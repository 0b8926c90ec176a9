// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/missed_steps.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "keratin/constraints/constraint.h"
#include "keratin/kernels/flush_subnormals.h"
#include "keratin/kernels/row_update.h"

namespace keratin::optimizers {
namespace {

/// Whether a row rests costs about as much as a step to find out.
constexpr std::int64_t kLook = 32;
/// Rows that move for longer are moved with all others at every step, so that none is ever behind
/// by more than a reader may wait for.
constexpr std::int64_t kLongestWait = 4096;

/// The steps after which 1e-9 is left of what an average was.
std::int64_t memory_of_average(double momentum) {
  constexpr double kLeft = 1e-9;
  if (!(momentum > kLeft)) return 1;
  const double steps = std::ceil(std::log(kLeft) / std::log(momentum));
  return momentum < 1 ? static_cast<std::int64_t>(std::min(steps, 1e15)) : std::int64_t{1} << 60;
}

}  // namespace

CatchUpChoice choose(const std::shared_ptr<const Rule>& rule, const CommonOptions& options,
                     bool decays, const Variable& variable) {
  const auto replay = [&](std::string_view reason) -> CatchUpChoice {
    const auto table = std::dynamic_pointer_cast<table::RowStorage>(variable.storage());
    if ((table && table->on_demand()) ||
        RestingRows(rule, options, decays, variable.constraint).longest_wait() <= kLongestWait)
      return {CatchUp::kReplay, reason};
    return {CatchUp::kSweep, "a row without gradient comes to rest late or never"};
  };
  if (rule->is_own()) return {CatchUp::kSweep, "its step takes the variable whole"};
  if (variable.regularizer)
    return {CatchUp::kSweep, "a regularizer's loss is the sum over every row at every step"};
  if (variable.constraint && variable.constraint->couples_rows())
    return {CatchUp::kSweep, "a constraint along axis 0 makes every row depend on all others"};
  if (variable.constraint) return replay("the constraint acts on every row at every step");
  if (options.use_ema) return replay("the average of a row follows it step by step");
  const std::optional<Drift> drift = rule->drift();
  if (!drift) return replay("no closed form is known for this rule");
  const bool may_flip = decays && options.learning_rate.schedule() == nullptr &&
                        *options.weight_decay * options.learning_rate.number() >= 1;
  if (may_flip || !ClosedForm::exists(*drift))
    return replay("the closed form does not converge for these options");
  if (!rule->moves_without_gradient() && !decays)
    return {CatchUp::kNothing, "a row without gradient stands still"};
  return {CatchUp::kClosedForm, "the missed steps have a closed form"};
}

MissedSteps::MissedSteps(std::shared_ptr<const Rule> rule, const CommonOptions& options,
                         bool decays, const Variable& variable)
    : rule_(std::move(rule)),
      slot_count_(rule_->slots().size()),
      weight_decay_(static_cast<float>(options.weight_decay.value_or(0))),
      decays_(decays),
      averages_(options.use_ema),
      constraint_(variable.constraint),
      average_memory_(memory_of_average(options.ema_momentum)) {
  if (choose(rule_, options, decays, variable).how == CatchUp::kClosedForm) {
    closed_form_.emplace(*rule_->drift());
  } else {
    resting_.emplace(rule_, options, decays, constraint_);
  }
}

bool MissedSteps::breaks_off(float learning_rate) const {
  const bool alike = resting_ && (resting_->kind() == Rest::Kind::kRepeats ||
                                  (resting_->kind() == Rest::Kind::kLatest && averages_));
  return alike && !records_.empty() && records_.back().learning_rate != learning_rate;
}

std::int64_t MissedSteps::recorded() const {
  return closed_form_ ? closed_form_->count() : static_cast<std::int64_t>(records_.size());
}

void MissedSteps::reserve_one() {
  if (closed_form_) return closed_form_->reserve_one();
  records_.reserve_one();
  resting_->reserve_one();
}

double MissedSteps::decay_of(float learning_rate) const {
  return decays_ ? 1 - static_cast<double>(weight_decay_) * static_cast<double>(learning_rate) : 1;
}

void MissedSteps::push(const VariableStep& step) noexcept {
  const bool moves = step.gradient != nullptr;
  const double decay = decay_of(step.learning_rate);
  if (closed_form_) {
    if (moves) closed_form_->push(rule_->drift_size(step.scalars), decay);
    return;
  }
  if (!moves && !averages_ && !constraint_) return;
  MissedStep record{.scalars = moves ? step.scalars : StepScalars{},
                    .learning_rate = step.learning_rate,
                    .average_momentum = step.average_momentum,
                    .moves = moves,
                    .overwrite = step.overwrite,
                    .constrain = step.constrain};
  resting_->push(record, decay);
  const std::int64_t index = recorded();
  if (moves) latest_move_ = index;
  if (!records_.empty()) {
    MissedStep like_it = records_.back();
    if (moves) like_it.overwrite = record.overwrite;  // the next move makes new weights
    if (!(like_it == record)) same_from_ = index;
  }
  records_.push_back(record);
}

void MissedSteps::restart() noexcept {
  base_ = now();
  latest_move_ = -1;
  same_from_ = 0;
  records_.clear();
  if (closed_form_) closed_form_->restart();
  if (resting_) resting_->restart();
}

void MissedSteps::forget(std::int64_t until) noexcept {
  const std::int64_t steps = (until - base_) / RowMaps::kLongest * RowMaps::kLongest;
  if (steps <= 0) return;
  base_ += steps;
  if (closed_form_) return closed_form_->forget(steps);
  latest_move_ = std::max<std::int64_t>(-1, latest_move_ - steps);
  same_from_ = std::max<std::int64_t>(0, same_from_ - steps);
  records_.drop_first(static_cast<std::size_t>(steps));
  resting_->forget(steps);
}

void MissedSteps::catch_up_weights(std::span<const table::RowBehind> rows, std::size_t n) const {
  if (closed_form_) return closed_form_->weights(rows, n, base_);
  for (const table::RowBehind& row : rows) bring_up_copy(row, n);
}

/// With slots of its own, which are too large for the stack of what is called for every row.
[[gnu::noinline]] void MissedSteps::bring_up_copy(const table::RowBehind& row,
                                                  std::size_t n) const {
  std::array<std::array<float, kLongestRow>, kMaxSlots + 1> copies;
  std::array<float*, kMaxSlots + 1> own{};
  for (std::size_t k = 0; k < slot_count_ + (averages_ ? 1 : 0); ++k) {
    own[k] = copies[k].data();
    std::copy_n(row.slots[k], n, own[k]);
  }
  bring_up(row.w, own.data(), n, row.since - base_);
}

bool MissedSteps::catch_up_slots(std::span<const table::RowBehind> rows, std::size_t n) const {
  if (closed_form_) closed_form_->slots(rows, n, slot_count_, base_);
  return closed_form_.has_value();
}

void MissedSteps::catch_up(std::span<const table::RowBehind> rows, std::size_t n) const {
  if (closed_form_) {
    closed_form_->weights(rows, n, base_);
    closed_form_->slots(rows, n, slot_count_, base_);
    return;
  }
  for (const table::RowBehind& row : rows) bring_up(row.w, row.slots.data(), n, row.since - base_);
}

std::int64_t MissedSteps::dear_after() const {
  return resting_ && resting_->waits() ? kLook : kNever;
}

/// Not between two looks: who goes on from there would look where others do not.
table::DeferredSteps::Advanced MissedSteps::advance(float* w, float* const* slots, std::size_t n,
                                                    std::int64_t since) const {
  const std::int64_t until = now() / kLook * kLook;
  if (dear_after() == kNever || until <= since) return {since, dear_after() == kNever};
  const Replayed reached = replay(w, slots, n, since - base_, until - base_);
  return {base_ + reached.next, reached.rests};
}

/// Takes the steps from record `from` on, on a row as it was before that one.
void MissedSteps::bring_up(float* w, float* const* slots, std::size_t n, std::int64_t from) const {
  using enum Rest::Kind;
  if (from == recorded()) return;
  if (resting_->kind() == kLatest) return take_latest(w, slots, n, from);
  if (resting_->kind() == kRepeats) return take_same(w, slots, n, from);
  if (!resting_->always()) from = replay(w, slots, n, from, recorded()).next;
  if (from < recorded()) resting_->jump(w, slots, n, from, recorded());
}

/// One step after another until the row rests, or up to record `to`. It is looked for at the first
/// step, and then at certain ones and not at others: who goes on from one of those ends where one
/// does who came from before it, with the same bits.
MissedSteps::Replayed MissedSteps::replay(float* w, float* const* slots, std::size_t n,
                                          std::int64_t from, std::int64_t to) const {
  const kernels::FlushSubnormals flush(rule_->flushes_subnormals());
  for (std::int64_t at = from; at < to; ++at) {
    const MissedStep& step = records_[static_cast<std::size_t>(at)];
    const bool looks = at == from || (base_ + at) % kLook == 0;
    if (looks && resting_->rests(step, at, w, slots, n)) return {at, true};
    take(step, w, slots, n);
  }
  return {to, false};
}

void MissedSteps::take(std::int64_t from, std::int64_t to, float* w, float* const* slots,
                       std::size_t n) const {
  for (; from < to; ++from) take(records_[static_cast<std::size_t>(from)], w, slots, n);
}

void MissedSteps::take(const MissedStep& step, float* w, float* const* slots, std::size_t n) const {
  if (step.moves) {
    if (decays_) kernels::decay_update(w, n, weight_decay_, step.learning_rate);
    update_without_gradient(*rule_, step.scalars, w, slots, n);
  }
  if (averages_) {
    float* const average = slots[slot_count_];
    kernels::average_update(average, w, n, step.average_momentum);
    if (step.overwrite) std::copy_n(average, n, w);
  }
  if (constraint_ && step.constrain) constraint_->apply({w, n}, {1, static_cast<std::int64_t>(n)});
}

/// Every step that moves makes the weights anew, so that earlier ones show in the average alone;
/// and it makes the same ones as long as one step is like another.
void MissedSteps::take_latest(float* w, float* const* slots, std::size_t n,
                              std::int64_t from) const {
  if (!averages_) return take(std::max(from, latest_move_), recorded(), w, slots, n);
  const std::int64_t last = recorded() - 1;
  if (same_from_ > from) from = std::max(from, same_from_ - average_memory_);
  const std::int64_t same = std::min(std::max(from, same_from_) + 1, last);
  take(from, same, w, slots, n);
  const MissedStep& step = records_.back();
  if (same < last) {
    std::array<float, kLongestRow> made;
    std::copy_n(w, n, made.data());
    if (step.moves) update_without_gradient(*rule_, step.scalars, made.data(), slots, n);
    const double kept =
        std::pow(static_cast<double>(step.average_momentum), static_cast<double>(last - same));
    float* const average = slots[slot_count_];
    for (std::size_t i = 0; i < n; ++i) {
      const double end = made[i];
      average[i] = static_cast<float>(end + kept * (average[i] - end));
    }
  }
  take(last, last + 1, w, slots, n);
}

void MissedSteps::take_same(float* w, float* const* slots, std::size_t n, std::int64_t from) const {
  const std::int64_t same = std::min(std::max(from, same_from_) + 1, recorded());
  take(from, same, w, slots, n);
  const MissedStep& step = records_.back();
  if (same < recorded())
    rule_->repeat(step.scalars, decay_of(step.learning_rate), w, slots, n, recorded() - same);
}

}  // namespace keratin::optimizers
