// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/optimizer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "keratin/base/auto_name.h"
#include "keratin/base/error.h"
#include "keratin/optimizers/common_options.h"
#include "keratin/optimizers/optimizer_state.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::optimizers {
namespace {

void check_options(std::string_view who, const CommonOptions& o) {
  if (o.gradient_accumulation_steps.value_or(0) != 0 && *o.gradient_accumulation_steps < 2) {
    invalid_argument(who, "gradient_accumulation_steps must be an integer >= 2. Received: ",
                     *o.gradient_accumulation_steps);
  }
  if (o.use_ema && (o.ema_momentum > 1 || o.ema_momentum < 0)) {
    invalid_argument(who, "ema_momentum must be in the range [0, 1]. Received: ", o.ema_momentum);
  }
  if (o.use_ema && o.ema_overwrite_frequency.value_or(1) < 0) {
    invalid_argument(who, "ema_overwrite_frequency must be an integer >= 1 or none. Received: ",
                     *o.ema_overwrite_frequency);
  }
  if (o.clipnorm.has_value() + o.clipvalue.has_value() + o.global_clipnorm.has_value() > 1) {
    invalid_argument(
        who, "only one of clipnorm, clipvalue and global_clipnorm can be set. Received: clipnorm=",
        o.clipnorm.value_or(0), ", clipvalue=", o.clipvalue.value_or(0),
        ", global_clipnorm=", o.global_clipnorm.value_or(0), " (0: not set).");
  }
}

float norm_of(double squared) { return std::sqrt(static_cast<float>(squared)); }

/// Keras clips only by a limit above zero.
bool clips(const std::optional<double>& limit) { return limit.value_or(0) > 0; }

}  // namespace

Optimizer::Optimizer(std::string_view class_name, const CommonOptions& options,
                     std::unique_ptr<Rule> rule)
    : state_(
          std::unique_ptr<State>(new State{{class_name, options, std::move(rule)},
                                           static_cast<float>(options.learning_rate.number())})) {
  check_options(class_name, options);
  if (state_->options.name.empty()) state_->options.name = auto_name(class_name);
}

Optimizer::~Optimizer() = default;
Optimizer::Optimizer(Optimizer&&) noexcept = default;
Optimizer& Optimizer::operator=(Optimizer&&) noexcept = default;

const std::string& Optimizer::name() const { return state_->options.name; }
bool Optimizer::built() const { return state_->built; }
std::vector<const Variable*> Optimizer::variables() const {
  std::vector<const Variable*> result;
  for (const VariableState& entry : state_->entries) result.push_back(entry.variable);
  for (const OwnOptimizer& own : state_->own_optimizers)
    result.insert(result.end(), own.variables.begin(), own.variables.end());
  return result;
}
bool Optimizer::is_overridden() const {
  return state_->overrides.update_step || state_->overrides.apply;
}
std::int64_t Optimizer::iterations() const { return state_->steps(); }
float Optimizer::loss_scale_factor() const { return state_->loss_scale(); }
float Optimizer::learning_rate() const { return state_->learning_rate(); }

void Optimizer::set_loss_scale_factor(std::optional<double> factor) {
  state_->options.loss_scale_factor = factor;
}

LearningRate Optimizer::learning_rate_option() const {
  if (state_->options.learning_rate.schedule() != nullptr) return state_->options.learning_rate;
  return LearningRate(state_->rate);
}

void Optimizer::set_learning_rate(double rate) {
  if (state_->options.learning_rate.schedule() != nullptr) {
    invalid_argument(state_->class_name,
                     "the learning rate comes from a schedule and cannot be set; make the "
                     "optimizer with a number for that. Received: ",
                     rate);
  }
  state_->rate = static_cast<float>(rate);
}

void Optimizer::set_learning_rate(std::shared_ptr<const schedules::LearningRateSchedule> schedule) {
  if (!schedule) invalid_argument(state_->class_name, "a schedule must be given.");
  state_->options.learning_rate = LearningRate(std::move(schedule));
}

void Optimizer::exclude_from_weight_decay(std::span<Variable* const> variables,
                                          std::vector<std::string> names) {
  if (state_->built) {
    invalid_argument(state_->class_name,
                     "exclude_from_weight_decay must be called before the optimizer is built.");
  }
  state_->excluded = {variables.begin(), variables.end()};
  state_->excluded_names = std::move(names);
}

void Optimizer::State::refuse_unknown(const Variable& variable) const {
  invalid_argument(class_name, "unknown variable '", variable.path(),
                   "': an optimizer works only on the variables it was built with; make a new one "
                   "for others.");
}

bool Optimizer::State::use_weight_decay(const Variable& variable) const {
  if (!rule->weight_decay(variable, options.weight_decay) || excluded.contains(&variable))
    return false;
  const std::string name = variable.name();
  return std::none_of(excluded_names.begin(), excluded_names.end(), [&](const std::string& part) {
    return name.find(part) != std::string::npos;
  });
}

/// Of these variables those that are its own to move, and those of each optimizer of tables' own.
std::vector<OwnOptimizer> Optimizer::shared_out(std::span<Variable* const> variables,
                                                std::vector<Variable*>& rest) {
  std::vector<OwnOptimizer> own;
  for (Variable* variable : variables) {
    const auto* const table = table_of(*variable);
    const auto optimizer = table == nullptr ? nullptr : table->optimizer.lock();
    if (optimizer == nullptr || optimizer.get() == this) {
      rest.push_back(variable);
      continue;
    }
    auto found = std::ranges::find(own, optimizer, &OwnOptimizer::optimizer);
    if (found == own.end()) found = own.insert(own.end(), {.optimizer = optimizer});
    if (std::ranges::find(found->variables, variable) == found->variables.end())
      found->variables.push_back(variable);
  }
  return own;
}

void Optimizer::build(std::span<Variable* const> variables) {
  State& s = *state_;
  for (const Variable* variable : variables) {
    if (variable == nullptr || (!variable->storage() && !variable->value()))
      invalid_argument(s.class_name, "a variable must be given, and must have a value.");
  }
  if (s.built && s.own_optimizers.empty()) {
    for (const Variable* variable : variables) s.entry(*variable);
    return;
  }
  std::vector<Variable*> rest;
  std::vector<OwnOptimizer> own = shared_out(variables, rest);
  if (s.built) {
    for (const Variable* variable : rest) s.entry(*variable);
    for (const OwnOptimizer& other : own) {
      const auto known =
          std::ranges::find(s.own_optimizers, other.optimizer, &OwnOptimizer::optimizer);
      for (const Variable* variable : other.variables) {
        if (known == s.own_optimizers.end() ||
            std::ranges::find(known->variables, variable) == known->variables.end())
          s.refuse_unknown(*variable);
      }
    }
    return;
  }
  const parallel::Uninterrupted whole;
  std::vector<VariableState> entries = {};
  std::unordered_map<const Variable*, std::size_t> index;
  for (Variable* variable : rest) {
    if (index.emplace(variable, entries.size()).second)
      entries.push_back(VariableState::of(*variable, s.use_weight_decay(*variable), s));
  }
  s.entries = std::move(entries);
  s.index = std::move(index);
  std::int64_t before = s.iterations;
  for (const VariableState& entry : s.entries) {
    if (entry.table == nullptr || !entry.table->in_file()) continue;
    s.in_files.push_back(entry.rows.get());
    // Slots that were in the file are of that step.
    if (s.iterations == 0) before = std::max(before, entry.rows->iterations());
  }
  s.set_iterations(before);
  if (s.rule->is_own()) build_own();
  try {
    for (OwnOptimizer& other : own) {
      other.begun = !other.optimizer->built();
      other.optimizer->build(other.variables);
      s.own_optimizers.push_back(std::move(other));
    }
  } catch (...) {
    unbuild();
    throw;
  }
  s.built = true;
}

void Optimizer::unbuild() {
  State& s = *state_;
  for (const OwnOptimizer& own : s.own_optimizers) {
    if (own.begun) own.optimizer->unbuild();
  }
  s.own_optimizers.clear();
  s.entries.clear();
  s.index.clear();
  s.added.clear();
  s.built = false;
}

void Optimizer::State::clip(std::vector<StepGradient>& gradients) const {
  if (clips(options.clipnorm)) {
    const auto limit = static_cast<float>(*options.clipnorm);
    for (StepGradient& g : gradients)
      g.clip_by_scale(limit, std::max(norm_of(g.squared_norm()), limit));
  } else if (clips(options.global_clipnorm)) {
    double squared = 0;
    for (const StepGradient& g : gradients) squared += g.squared_norm();
    const float norm = norm_of(squared);
    const auto limit = static_cast<float>(*options.global_clipnorm);
    const float scale =
        limit * std::min(1.0f / norm, static_cast<float>(1.0 / *options.global_clipnorm));
    // Keras: a norm that is not finite makes every gradient NaN, so that it is noticed.
    for (StepGradient& g : gradients) g.clip_by_scale(scale + (norm - norm), 1.0f);
  } else if (clips(options.clipvalue)) {
    for (StepGradient& g : gradients) g.clip_by_value(static_cast<float>(*options.clipvalue));
  }
}

std::vector<Tensor> Optimizer::clip_gradients(const std::vector<Tensor>& gradients) const {
  std::vector<StepGradient> clipped;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i]) continue;
    const Tensor values = cast(gradients[i], DType::kFloat32);
    clipped.emplace_back(Variable("", values), values, nullptr, 1.0f, false);
    places.push_back(i);
  }
  state_->clip(clipped);
  std::vector<Tensor> result(gradients.size());
  for (std::size_t i = 0; i < clipped.size(); ++i) {
    const Tensor& gradient = gradients[places[i]];
    Tensor& values = result[places[i]] = uninitialized(gradient.shape());
    const auto out = values.data<float>();
    const std::int64_t rows = layout_of(gradient.shape()).rows;
    std::vector<float> large(out.size());
    GradientBlock memory(large);
    if (!out.empty()) std::copy_n(clipped[i].block(0, rows, memory), out.size(), out.begin());
  }
  return result;
}

void Optimizer::finalize_variable_values(std::span<Variable* const> variables) {
  State& s = *state_;
  if (!s.built) return;
  // Keras: others matter only to averages. A step of a model's own may have made some by now.
  if (s.options.use_ema) build(variables);  // refuses them
  std::vector<Variable*> rest;
  for (const OwnOptimizer& own : shared_out(variables, rest))
    own.optimizer->finalize_variable_values(own.variables);
  if (!s.options.use_ema) return;
  for (Variable* variable : rest) variable->assign(s.entry(*variable).average_as_it_is(s));
}

}  // namespace keratin::optimizers
