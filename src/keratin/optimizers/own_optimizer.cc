// SPDX-License-Identifier: Apache-2.0
// Of optimizers/optimizer: what an optimizer whose rule a user wrote is made of, and one that a
// user's functions stand before.
#include <algorithm>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/kernels/flush_subnormals.h"
#include "keratin/kernels/row_update.h"
#include "keratin/optimizers/common_options.h"
#include "keratin/optimizers/optimizer_state.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::optimizers {
namespace {

/// While it lives, `what` is another.
template <class T>
class Within {
 public:
  Within(T& what, T value) : what_(what), before_(std::exchange(what, value)) {}
  ~Within() { what_ = before_; }
  Within(const Within&) = delete;
  Within& operator=(const Within&) = delete;

 private:
  T& what_;
  T before_;
};

}  // namespace

Optimizer::Optimizer(std::string_view class_name, const OptimizerOptions& options)
    : Optimizer(class_name, options, std::make_unique<OwnRule>()) {
  state_->own_name = class_name;  // which may be of a class that Python made
  state_->class_name = state_->own_name;
}

/// Makes its state; nothing where that fails.
void Optimizer::build_own() {
  State& s = *state_;
  std::vector<Variable*> variables;
  for (const VariableState& entry : s.entries) variables.push_back(entry.variable);
  const std::size_t had = s.added.size();
  try {
    for (VariableState& entry : s.entries) {
      for (const Slot& slot : s.slots()) {
        const Shape& shape = entry.variable->shape();
        const std::vector<float> values(static_cast<std::size_t>(shape.size()), slot.initial);
        entry.slots_of_pass.push_back(
            std::make_shared<Variable>(std::string(slot.name), Tensor::from(values, shape), false));
      }
    }
    build_variables(variables);
  } catch (...) {
    s.entries.clear();
    s.index.clear();
    s.in_files.clear();
    s.added.resize(had);
    throw;
  }
}

/// The step of one variable, with its whole gradient.
void Optimizer::update_own(const VariableState& of, const StepGradient& gradient, float rate,
                           Pass& step) {
  Variable& variable = *of.variable;
  const Shape& shape = variable.shape();
  std::vector<float> memory(static_cast<std::size_t>(shape.size()));
  GradientBlock block(memory);
  const float* const numbers = gradient.block(0, layout_of(shape).rows, block);
  std::vector<float> whole(numbers, numbers + shape.size());
  if (of.decays) {
    const State& s = *state_;
    const auto weight_decay = s.rule->weight_decay(variable, s.options.weight_decay);
    Tensor weights = copy_of(variable.value());
    const auto values = weights.data<float>();
    kernels::decay_update(values.data(), values.size(),
                          static_cast<float>(weight_decay.value_or(0)), rate);
    step.update(variable, weights);
  }
  const Tensor found = Tensor::from(whole, shape);
  if (!state_->overrides.update_step) return update_step(found, variable, rate, step);
  const Within<const Pass*> within(state_->in_step, &step);
  state_->overrides.update_step(found, variable, rate, step);
}

void Optimizer::override_with(Overrides functions) {
  State& s = *state_;
  if (s.built) {
    invalid_argument(s.class_name, "functions take the place of its own before it is built.");
  }
  if (functions.update_step && !s.rule->is_own()) s.rule = std::make_shared<RuleWithin>(s.rule);
  s.overrides = std::move(functions);
  s.own_name = s.overrides.class_name;
  s.class_name = s.own_name;
}

void Optimizer::step(std::span<Variable* const> variables, const Gradients& gradients) {
  State& s = *state_;
  if (!s.overrides.apply) return apply(variables, gradients);
  const float loss_scale = loss_scale_factor();
  Gradients whole;
  for (const Variable* variable : variables) {
    const Gradients::Entry* const found = gradients.find(*variable);
    if (variable->regularizer) {
      GradientSum sum;
      sum.add(*variable, found, loss_scale, true);
      Tensor dense = sum.dense();
      for (float& g : dense.data<float>()) g *= loss_scale;
      whole.add(*variable, std::move(dense));
    } else if (found != nullptr && found->dense) {
      whole.add(*variable, found->dense);
    } else if (found != nullptr) {
      whole.add(*variable, SparseRows{.ids = found->rows.ids, .values = found->rows.values});
    }
  }
  const Within within(s.penalties_are_in, true);
  s.overrides.apply(variables, whole);
}

void Optimizer::base_update_step(const Value& gradient, Variable& variable, float learning_rate,
                                 Pass& step) {
  State& s = *state_;
  if (s.in_step != &step)
    wrong_moment(s.class_name, "update_step is a part of a step: apply() comes to it.");
  if (gradient.shape() != variable.shape()) {
    invalid_argument(s.class_name, "update_step: the gradient of '", variable.path(),
                     "' must have its shape ", variable.shape(), ". Received: shape ",
                     gradient.shape());
  }
  if (s.rule->within() == nullptr) return update_step(gradient, variable, learning_rate, step);
  rule_step(gradient, variable, learning_rate, step);
}

/// What the rule of the closed list makes of a variable and its slots.
void Optimizer::rule_step(const Value& gradient, Variable& variable, float rate, Pass& step) {
  State& s = *state_;
  auto& rule = static_cast<RuleWithin&>(*s.rule);
  const VariableState& entry = s.entry(variable);
  const auto now = [&](const Variable& of) { return copy_of(step.value(of).tensor()); };
  const Tensor g = cast(gradient.tensor(), DType::kFloat32);
  Tensor weights = now(variable);
  std::vector<Tensor> slots;
  for (const auto& slot : entry.slots_of_pass) slots.push_back(now(*slot));
  kernels::UpdatedRow all{g.data<float>().data(), weights.data<float>().data()};
  for (std::size_t k = 0; k < slots.size(); ++k) all.slots[k] = slots[k].data<float>().data();
  {
    const kernels::FlushSubnormals flush(rule.within()->flushes_subnormals());
    rule.within()->update(rule.scalars_of(s.steps() + 1, rate),
                          {&all, 1, static_cast<std::size_t>(variable.shape().size())});
  }
  for (std::size_t k = 0; k < slots.size(); ++k) step.update(*entry.slots_of_pass[k], slots[k]);
  step.update(variable, weights);
}

void Optimizer::update_step(const Value&, Variable&, float, Pass&) {
  wrong_moment(state_->class_name, "an optimizer of one's own must have update_step().");
}

Variable& Optimizer::add_variable(std::string_view name, const Shape& shape, float initial) {
  State& s = *state_;
  const std::vector<float> values(static_cast<std::size_t>(shape.size()), initial);
  s.added.push_back(std::make_shared<Variable>(str(s.options.name, "/", name),
                                               Tensor::from(values, shape), false));
  return *s.added.back();
}

Variable& Optimizer::add_variable_like(const Variable& variable, std::string_view name,
                                       float initial) {
  std::string path = variable.path();
  std::replace(path.begin(), path.end(), '/', '_');
  return add_variable(str(path, "_", name), variable.shape(), initial);
}

std::vector<Variable*> Optimizer::add_variables(std::span<Variable* const> variables,
                                                std::string_view name, float initial) {
  std::vector<Variable*> result;
  for (const Variable* variable : variables)
    result.push_back(&add_variable_like(*variable, name, initial));
  return result;
}

std::size_t Optimizer::index_of(const Variable& variable) const {
  return static_cast<std::size_t>(&state_->entry(variable) - state_->entries.data());
}

Config Optimizer::base_config() const { return config_of(*this, state_->options); }

}  // namespace keratin::optimizers
