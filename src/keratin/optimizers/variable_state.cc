// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/variable_state.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/constraints/constraint.h"
#include "keratin/tensor/variable.h"

namespace keratin::optimizers {
namespace {

/// A table of fewer rows per visited row than this is swept: that reads memory in order.
constexpr std::int64_t kSweepBelow = 3;
/// From so many missed steps on record on, each step brings some rows up to date, so that after as
/// many again it was the turn of all, and the steps before can be forgotten.
constexpr std::int64_t kLongRecord = RowMaps::kLongest;

/// Rows that are dear to read are brought to rest in turn, all of them in so many steps: what is
/// left for a reader, or for a step that visits all, is then what these steps moved.
constexpr std::int64_t kTurn = 256;

}  // namespace

table::RowStorage* table_of(const Variable& variable) {
  return dynamic_cast<table::RowStorage*>(variable.storage().get());
}

double decay_factor(std::optional<double> weight_decay, float learning_rate) {
  return 1 - static_cast<double>(static_cast<float>(weight_decay.value_or(0))) *
                 static_cast<double>(learning_rate);
}

VariableState VariableState::of(Variable& variable, bool decays, const Method& method) {
  // No rows: throws where it cannot take this shape. In the middle of a step it would be too late.
  if (variable.constraint && variable.shape().rank() > 0)
    variable.constraint->apply({}, variable.shape().with_batch(0));
  VariableState state{.variable = &variable,
                      .owner = variable.weak_from_this().lock(),
                      .decays = decays,
                      .slots = {},
                      .average = {},
                      .sum = {},
                      .table = table_of(variable)};
  if (state.table != nullptr) {
    state.make_table_state(method);
    state.visits = state.sweeps ? Visits::kAll : Visits::kNone;
    return state;
  }
  for (const Slot& slot : method.rule->slots()) {
    state.slots.push_back(Tensor::zeros(variable.shape()));
    if (slot.initial != 0) {
      const auto values = state.slots.back().data<float>();
      std::fill(values.begin(), values.end(), slot.initial);
    }
  }
  if (method.options.use_ema) state.average = Tensor::zeros(variable.shape());
  return state;
}

void VariableState::make_table_state(const Method& method) {
  const CatchUpChoice choice = choose(method.rule, method.options, decays, *variable);
  sweeps = choice.how == CatchUp::kSweep || table->width() > kLongestRow;
  if (table->on_demand() && (sweeps || method.options.use_ema)) {
    const std::string_view why = choice.how == CatchUp::kSweep ? choice.reason
                                 : method.options.use_ema
                                     ? "use_ema puts an average in the place of each at the end"
                                     : "rows wider than 2048 are not brought up to date one by one";
    invalid_argument(
        method.class_name, "the rows of '", variable->path(),
        "' are drawn on demand, and this optimizer would have to visit all of them: ", why, ".");
  }
  if (!sweeps && choice.how != CatchUp::kNothing)
    missed = std::make_shared<MissedSteps>(method.rule, method.options, decays, *variable);
  std::vector<float> initial;
  std::string kind(method.class_name);
  for (const Slot& slot : method.rule->slots()) {
    initial.push_back(slot.initial);
    kind.append(" ").append(slot.name);
  }
  if (method.options.use_ema) {
    initial.push_back(0.0f);
    kind += " average";
  }
  rows = std::make_shared<table::RowSlots>(table->width(), std::move(initial), missed,
                                           std::move(kind));
  table->attach(rows);
}

void VariableState::prepare(const Method& method, const StepGradient* gradient,
                            float learning_rate) {
  if (table == nullptr) return;
  table->attach(rows);
  visits = sweeps ? Visits::kAll : Visits::kNone;
  if (gradient != nullptr && !sweeps) choose_visits(method, *gradient, learning_rate);
  if (visits == Visits::kAll) table->prepare_sweep();
  if (!missed) return;
  table->advance_next(table->rows_in_use() / kTurn + 1);
  if (missed->recorded() >= kLongRecord && !table->on_demand())
    missed->forget(table->settle_next((table->rows() - 1) / kLongRecord + 1));
  missed->reserve_one();
}

/// Which rows of a table that is not swept anyway this step visits.
void VariableState::choose_visits(const Method& method, const StepGradient& gradient, float rate) {
  const auto touched = static_cast<std::int64_t>(gradient.ids().size());
  // A decay that turns weights over has no logarithm, and so no closed form.
  const bool flips =
      decays && !(decay_factor(method.options.weight_decay, rate) > 0) &&
      choose(method.rule, method.options, true, *variable).how == CatchUp::kClosedForm;
  // Keras: 0 times infinity, and with a NaN every row is NaN, not the rows with a gradient alone.
  const bool spoils_all = !std::isfinite(rate) || !gradient.keeps_zeros();
  if (table->on_demand()) {
    const std::string_view reason =
        spoils_all
            ? "a learning rate or a norm of gradients that is not finite makes every row NaN."
        : !gradient.is_sparse() ? "its gradient must be made of rows, not dense."
        : flips ? "weight_decay * learning_rate must be below 1, or rows that are not in use "
                  "cannot be brought up to date."
                : "";
    if (!reason.empty())
      invalid_argument(method.class_name, "the rows of '", variable->path(),
                       "' are drawn on demand: ", reason);
  }
  const bool few = touched < table->rows() / kSweepBelow && !flips && !spoils_all &&
                   !(missed && missed->breaks_off(rate));
  if (table->on_demand() || (gradient.is_sparse() && few)) {
    places = table->places(gradient.ids());
    visits = Visits::kTouched;
  } else {
    visits = Visits::kAll;
  }
}

void VariableState::take(const Method& method, VariableStep step) {
  if (table == nullptr) {
    take_step(step);
    return;
  }
  const Visits visited = std::exchange(visits, sweeps ? Visits::kAll : Visits::kNone);
  if (visited == Visits::kAll) {
    for (std::size_t k = 0; k < step.slot_count; ++k) step.slots[k] = rows->slot(k);
    if (method.options.use_ema) step.average = rows->slot(rows->count() - 1);
    penalty = take_step(step);
    if (missed) missed->restart();  // every row is true as it is
    return;
  }
  if (visited == Visits::kTouched) {
    step.visits_touched = true;
    step.places = places;
    step.rows_read = step.gradient->weights(table->version());
    take_step(step);
  }
  if (missed) missed->push(step);
}

Tensor VariableState::slot(const Method& method, std::size_t k) const {
  if (table->on_demand() && table->moves_untouched_rows()) {
    invalid_argument(method.class_name, "the rows of '", variable->path(),
                     "' are drawn on demand, and the optimizer has moved rows that were never "
                     "drawn: its state cannot be had without them.");
  }
  table->attach(rows);
  table->settle();
  const Shape shape{std::min(table->rows_in_use(), table->shape()[0]), table->width()};
  const auto count = static_cast<std::size_t>(shape.size());
  return Tensor::view(std::span<float>(rows->slot(k), count), shape);
}

Tensor VariableState::average_as_it_is(const Method& method) const {
  return table != nullptr ? slot(method, rows->count() - 1) : average;
}

}  // namespace keratin::optimizers
