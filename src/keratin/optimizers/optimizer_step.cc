// SPDX-License-Identifier: Apache-2.0
// Of optimizers/optimizer: a step, of one optimizer or of several that take theirs together.
#include <algorithm>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/base/pointer_places.h"
#include "keratin/optimizers/common_options.h"
#include "keratin/optimizers/optimizer_state.h"
#include "keratin/parallel/parallel.h"

namespace keratin::optimizers {
namespace {

constexpr std::int64_t kFloatsOfTask = 1 << 16;

}  // namespace

std::int64_t Move::floats() const {
  if (state->sweeps) return state->table->rows() * state->table->width();
  if (step.gradient == nullptr) return 0;
  return static_cast<std::int64_t>(step.gradient->ids().size()) * state->table->width();
}

/// A step on its way: what may fail is done, and has left everything as it was.
struct Optimizer::Step {
  Optimizer* optimizer;
  std::span<Variable* const> variables;
  float loss_scale;
  bool penalties;                    // they are to be added
  std::vector<Variable*> kept = {};  // what `variables` are of, where nobody else keeps them
  float rate = 0;
  std::vector<VariableState*> active = {};
  std::vector<GradientSum> sums = {};
  std::vector<StepGradient> gradients = {};
  bool moves = false;
  Pass own = {};  // of a rule of one's own
  std::vector<Move> taken = {};
};

void Optimizer::prepare(Step& step, const Gradients& found) {
  State& s = *state_;
  // A schedule may be a user's own, and may call us.
  step.rate = s.learning_rate();
  step.active = s.with_gradient(step.variables, found, step.penalties);
  step.sums = s.accumulated(step.active, found, step.loss_scale, step.penalties);
  step.moves = (s.iterations + 1) % s.accumulation() == 0;
  if (step.moves) {
    step.gradients = s.gradients(step.active, step.sums, found, step.loss_scale, step.penalties);
    s.clip(step.gradients);
  }
  if (step.moves && s.rule->is_own()) {
    for (std::size_t i = 0; i < step.active.size(); ++i)
      update_own(*step.active[i], step.gradients[i], step.rate, step.own);
    step.gradients.clear();  // what is below has averages and constraints left to do
  }
}

/// Returns what a constraint threw.
std::exception_ptr Optimizer::finish(Step& step) {
  State& s = *state_;
  std::exception_ptr thrown;
  for (const Move& move : step.taken) {
    if (!thrown) thrown = move.thrown;
  }
  step.taken.clear();
  for (std::size_t i = 0; i < step.sums.size(); ++i) {
    if (step.moves) {
      step.active[i]->sum.clear();
    } else {
      step.active[i]->sum = std::move(step.sums[i]);
    }
  }
  s.set_iterations(s.iterations + 1);
  step.gradients.clear();  // and with them the handles of weights
  for (VariableState* entry : step.active) {
    if (const auto penalty = std::exchange(entry->penalty, std::nullopt))
      entry->table->remember(entry->variable->regularizer.get(), *penalty);
  }
  return thrown;
}

/// The moves of a step that are of tables, which are apart from each other and may be many and
/// small: the threads share them.
class Optimizer::TableMoves {
 public:
  explicit TableMoves(std::span<Step> steps) {
    std::int64_t count = 0;
    each_move(steps, [&](Move& move) {
      if (move.state->table == nullptr) return;
      floats_ += move.floats();
      if (++count == 1) first_ = &move;
    });
    if (count < 2) return;
    several_.reserve(static_cast<std::size_t>(count));
    each_move(steps, [&](Move& move) {
      if (move.state->table != nullptr) several_.push_back(&move);
    });
  }

  /// Allocates nothing.
  template <class Work>
  void each(const Work& work) const {
    if (several_.empty()) {
      if (first_ != nullptr) work(*first_);
      return;
    }
    const auto count = static_cast<std::int64_t>(several_.size());
    const std::int64_t chunk = parallel::even_chunk(count, floats_ / count + 1, kFloatsOfTask);
    parallel::for_chunks(count, chunk, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) work(*several_[static_cast<std::size_t>(i)]);
    });
  }

  template <class Visit>
  static void each_move(std::span<Step> steps, const Visit& visit) {
    for (Step& step : steps) {
      for (Move& move : step.taken) visit(move);
    }
  }

 private:
  std::int64_t floats_ = 0;
  Move* first_ = nullptr;
  std::vector<Move*> several_;  // none where there is one
};

/// The steps that these variables ask for: this optimizer's, and those of tables' own.
void Optimizer::add_steps(std::span<Variable* const> variables, const Gradients& gradients,
                          std::vector<Step>& steps) {
  const float loss_scale = state_->loss_scale();
  const bool penalties = !state_->penalties_are_in;
  if (state_->own_optimizers.empty()) {
    steps.push_back({this, variables, loss_scale, penalties});
    return;
  }
  const auto add = [&](Optimizer* optimizer, std::vector<Variable*> kept) {
    Step step{optimizer, {}, loss_scale, penalties};
    step.kept = std::move(kept);
    step.variables = step.kept;  // which stay where they are as the step moves
    steps.push_back(std::move(step));
  };
  std::vector<Variable*> rest;
  std::vector<OwnOptimizer> own = shared_out(variables, rest);
  if (!rest.empty()) add(this, std::move(rest));
  for (OwnOptimizer& other : own) {
    const auto takes_part = [&](const Variable* variable) {
      return (penalties && variable->regularizer) || gradients.find(*variable) != nullptr;
    };
    if (std::ranges::any_of(other.variables, takes_part))
      add(other.optimizer.get(), std::move(other.variables));
  }
}

void Optimizer::take(std::span<Step> steps, const Gradients& gradients) {
  for (Step& step : steps) step.optimizer->prepare(step, gradients);
  for (Step& step : steps) {
    step.taken = step.optimizer->state_->moves(step.active, step.gradients, step.rate);
    for (Move& move : step.taken) move.step.thrown = &move.thrown;
  }
  const TableMoves tables(steps);
  tables.each([](Move& move) {
    move.state->prepare(*move.method, move.step.gradient, move.step.learning_rate);
  });
  const parallel::Uninterrupted whole;
  // From here on nothing is allocated: the step is taken whole.
  for (Step& step : steps) {
    step.own.commit();
    const State& s = *step.optimizer->state_;
    if (step.moves && s.rule->is_own()) s.rule->begin_step(s.steps() + 1, step.rate);
    step.optimizer->state_->begin(step.taken, step.rate);
  }
  TableMoves::each_move(steps, [](Move& move) {
    if (move.state->table == nullptr) move.state->take(*move.method, move.step);
  });
  tables.each([](Move& move) { move.state->take(*move.method, move.step); });
  std::exception_ptr thrown;
  for (Step& step : steps) {
    const std::exception_ptr found = step.optimizer->finish(step);
    if (!thrown) thrown = found;
  }
  if (thrown) std::rethrow_exception(thrown);
}

void Optimizer::apply_all(std::span<const Share> shares, const Gradients& gradients) {
  std::vector<Step> steps;
  for (const auto& [optimizer, variables] : shares)
    optimizer->add_steps(variables, gradients, steps);
  take(steps, gradients);
}

void Optimizer::apply(std::span<Variable* const> variables, const Gradients& found) {
  if (variables.empty()) return;
  build(variables);
  std::vector<Step> steps;
  add_steps(variables, found, steps);
  take(steps, found);
}

/// The entries of the variables that take part in this step.
std::vector<VariableState*> Optimizer::State::with_gradient(std::span<Variable* const> variables,
                                                            const Gradients& found,
                                                            bool penalties) {
  std::vector<VariableState*> active;
  active.reserve(variables.size());
  for (const Variable* variable : variables) {
    VariableState& own = entry(*variable);
    // The penalty is part of the loss: it alone gives a gradient.
    if ((penalties && variable->regularizer) || found.find(*variable) != nullptr)
      active.push_back(&own);
  }
  if (active.empty()) invalid_argument(class_name, "no gradients provided for any variable.");
  return active;
}

/// The sums with this call's gradients; none without accumulation.
/// Keras: the sum holds the penalty's part of each call, at the weights of that call, and is part
/// of the state. So the sum of a table with a regularizer is dense; other tables' sums stay rows.
std::vector<GradientSum> Optimizer::State::accumulated(std::span<VariableState* const> active,
                                                       const Gradients& found, float loss_scale,
                                                       bool penalties) const {
  std::vector<GradientSum> sums;
  if (accumulation() == 1) return sums;
  sums.reserve(active.size());
  for (const VariableState* entry : active) {
    sums.push_back(entry->sum);
    const Variable& variable = *entry->variable;
    sums.back().add(variable, found.find(variable), loss_scale, penalties && variable.regularizer);
  }
  return sums;
}

std::vector<StepGradient> Optimizer::State::gradients(std::span<VariableState* const> active,
                                                      const std::vector<GradientSum>& sums,
                                                      const Gradients& found, float loss_scale,
                                                      bool penalties) const {
  std::vector<StepGradient> result;
  result.reserve(active.size());
  for (std::size_t i = 0; i < active.size(); ++i) {
    const Variable& variable = *active[i]->variable;
    if (accumulation() > 1) {
      result.emplace_back(variable, sums[i].dense(), &sums[i].rows(),
                          static_cast<float>(accumulation()), false);
    } else if (const Gradients::Entry* gradient = found.find(variable)) {
      result.emplace_back(variable, gradient->dense, &gradient->rows, loss_scale, penalties);
    } else {
      result.emplace_back(variable, Tensor(), nullptr, loss_scale, true);
    }
  }
  return result;
}

/// Keras averages every variable, also those that stand still.
std::vector<VariableState*> Optimizer::State::only_averaged(
    std::span<VariableState* const> active) {
  std::vector<VariableState*> others;
  if (!options.use_ema || active.size() == entries.size()) return others;
  PointerPlaces taking_part;
  for (const VariableState* entry : active) taking_part.add(entry);
  for (VariableState& entry : entries) {
    if (taking_part.find(&entry) == PointerPlaces::kNone) others.push_back(&entry);
  }
  return others;
}

/// Without gradients (a call that only accumulates) the averages and constraints act all the same,
/// as in Keras.
std::vector<Move> Optimizer::State::moves(std::span<VariableState* const> active,
                                          const std::vector<StepGradient>& gradients, float rate) {
  VariableStep common{.learning_rate = rate};
  common.weight_decay = static_cast<float>(options.weight_decay.value_or(0));
  common.average_momentum = steps() != 0 ? static_cast<float>(options.ema_momentum) : 0.0f;
  const std::int64_t frequency = options.ema_overwrite_frequency.value_or(0);
  common.overwrite = options.use_ema && frequency != 0 && (steps() + 1) % frequency == 0;
  common.averages = options.use_ema;
  std::vector<Move> all;
  all.reserve(entries.size());
  const auto add = [&](VariableState& entry) -> VariableStep& {
    VariableStep& step = all.emplace_back(Move{&entry, this, common}).step;
    step.variable = entry.variable;
    step.table = entry.table;
    if (entry.table == nullptr) {
      Tensor weights = entry.variable->value();
      step.weights = weights.data<float>().data();
    }
    if (entry.average) step.average = entry.average.data<float>().data();
    step.memory = memory_of_step(*entry.variable, entry.table);
    return step;
  };
  const std::size_t slot_count = rule->slots().size();
  for (std::size_t i = 0; i < active.size(); ++i) {
    VariableStep& step = add(*active[i]);
    step.constrain = true;
    if (gradients.empty()) continue;
    step.gradient = &gradients[i];
    step.rule = rule.get();
    step.decays = active[i]->decays;
    step.slot_count = slot_count;
    for (std::size_t k = 0; k < active[i]->slots.size(); ++k)
      step.slots[k] = active[i]->slots[k].data<float>().data();
  }
  for (VariableState* entry : only_averaged(active)) add(*entry);
  return all;
}

void Optimizer::State::begin(std::vector<Move>& moves, float rate) {
  const auto has_rule = [](const Move& move) { return move.step.rule != nullptr; };
  if (std::ranges::none_of(moves, has_rule)) return;
  const StepScalars scalars = rule->begin_step(steps() + 1, rate);
  for (Move& move : moves) {
    if (has_rule(move)) move.step.scalars = scalars;
  }
}

}  // namespace keratin::optimizers
