// SPDX-License-Identifier: Apache-2.0
// Of optimizers/optimizer: what an optimizer whose rule a user wrote is made of.
#include <algorithm>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/optimizers/common_options.h"
#include "keratin/optimizers/optimizer_state.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::optimizers {

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
    const auto decay = static_cast<float>(decay_factor(weight_decay, rate));
    Tensor weights = copy_of(variable.value());
    for (float& weight : weights.data<float>()) weight *= decay;
    step.update(variable, weights);
  }
  update_step(Tensor::from(whole, shape), variable, rate, step);
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
