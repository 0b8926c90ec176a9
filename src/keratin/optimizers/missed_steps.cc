// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/missed_steps.h"

#include <algorithm>
#include <array>
#include <utility>

#include "keratin/constraints/constraint.h"
#include "keratin/kernels/row_update.h"

namespace keratin::optimizers {

CatchUpChoice choose(const Rule& rule, const CommonOptions& options, bool decays,
                     const Variable& variable) {
  if (variable.regularizer)
    return {CatchUp::kSweep, "a regularizer's loss is the sum over every row at every step"};
  if (variable.constraint && variable.constraint->couples_rows())
    return {CatchUp::kSweep, "a constraint along axis 0 makes every row depend on all others"};
  if (variable.constraint)
    return {CatchUp::kReplay, "the constraint acts on every row at every step"};
  if (options.use_ema) return {CatchUp::kReplay, "the average of a row follows it step by step"};
  const std::optional<Drift> drift = rule.drift();
  if (!drift) return {CatchUp::kReplay, "no closed form is known for this rule"};
  const bool may_flip = decays && options.learning_rate.schedule() == nullptr &&
                        *options.weight_decay * options.learning_rate.number() >= 1;
  if (may_flip || !ClosedForm::exists(*drift))
    return {CatchUp::kReplay, "the closed form does not converge for these options"};
  if (!rule.moves_without_gradient() && !decays)
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
      constraint_(variable.constraint) {
  if (choose(*rule_, options, decays, variable).how == CatchUp::kClosedForm)
    closed_form_.emplace(*rule_->drift());
}

std::int64_t MissedSteps::recorded() const {
  return closed_form_ ? closed_form_->count() : static_cast<std::int64_t>(records_.size());
}

void MissedSteps::reserve_one() {
  if (closed_form_) return closed_form_->reserve_one();
  if (records_.size() == records_.capacity())
    records_.reserve(std::max<std::size_t>(64, 2 * records_.size()));
}

void MissedSteps::push(const VariableStep& step) noexcept {
  if (closed_form_) {
    if (step.gradient == nullptr) return;
    const double decay =
        decays_ ? 1 - static_cast<double>(weight_decay_) * static_cast<double>(step.learning_rate)
                : 1;
    closed_form_->push(rule_->drift_size(step.scalars), decay);
    return;
  }
  records_.push_back({.scalars = step.scalars,
                      .learning_rate = step.learning_rate,
                      .average_momentum = step.average_momentum,
                      .moves = step.gradient != nullptr,
                      .overwrite = step.overwrite,
                      .constrain = step.constrain});
}

void MissedSteps::restart() noexcept {
  base_ = now();
  if (closed_form_) closed_form_->restart();
  records_.clear();
}

void MissedSteps::catch_up_weights(float* w, const float* const* slots, std::size_t n,
                                   std::int64_t since) const {
  if (closed_form_) return closed_form_->weights(w, slots, n, since - base_);
  replay_on_copies(w, slots, n, since);
}

void MissedSteps::replay_on_copies(float* w, const float* const* slots, std::size_t n,
                                   std::int64_t since) const {
  std::array<std::array<float, kLongestRow>, kMaxSlots + 1> copies;
  std::array<float*, kMaxSlots + 1> own{};
  for (std::size_t k = 0; k < slot_count_ + (averages_ ? 1 : 0); ++k) {
    own[k] = copies[k].data();
    std::copy_n(slots[k], n, own[k]);
  }
  replay(w, own.data(), n, since);
}

bool MissedSteps::catch_up_slots(float* const* slots, std::size_t n, std::int64_t since) const {
  if (closed_form_) closed_form_->slots(slots, n, slot_count_, since - base_);
  return closed_form_.has_value();
}

void MissedSteps::catch_up(float* w, float* const* slots, std::size_t n, std::int64_t since) const {
  if (!closed_form_) return replay(w, slots, n, since);
  closed_form_->weights(w, slots, n, since - base_);
  closed_form_->slots(slots, n, slot_count_, since - base_);
}

void MissedSteps::replay(float* w, float* const* slots, std::size_t n, std::int64_t since) const {
  static constexpr std::array<float, kLongestRow> kNoGradient{};
  const Shape shape{1, static_cast<std::int64_t>(n)};
  for (auto i = static_cast<std::size_t>(since - base_); i < records_.size(); ++i) {
    const Record& record = records_[i];
    if (record.moves) {
      if (decays_) kernels::decay_update(w, n, weight_decay_, record.learning_rate);
      rule_->update(record.scalars, w, kNoGradient.data(), slots, n);
    }
    if (averages_) {
      float* const average = slots[slot_count_];
      kernels::average_update(average, w, n, record.average_momentum);
      if (record.overwrite) std::copy_n(average, n, w);
    }
    if (constraint_ && record.constrain) constraint_->apply({w, n}, shape);
  }
}

}  // namespace keratin::optimizers
