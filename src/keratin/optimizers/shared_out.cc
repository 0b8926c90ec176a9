// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/shared_out.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "keratin/base/error.h"

namespace keratin::optimizers {

SharedOut::SharedOut(std::string_view class_name, const OptimizerOptions& options,
                     std::vector<std::shared_ptr<Optimizer>> inner)
    : Optimizer(class_name, options), inner_(std::move(inner)) {}

/// Of each of the others that has some, its variables.
std::vector<Optimizer::Share> SharedOut::shares(std::span<Variable* const> variables) const {
  std::vector<Share> all;
  for (const auto& optimizer : inner_) all.emplace_back(optimizer.get(), std::vector<Variable*>());
  for (Variable* variable : variables) {
    const auto found = places_.find(variable);
    if (found == places_.end()) {
      invalid_argument(class_name(), "unknown variable '", variable->path(),
                       "': an optimizer works only on the variables it was built with; make a new "
                       "one for others.");
    }
    all[found->second].second.push_back(variable);
  }
  std::erase_if(all, [](const Share& share) { return share.second.empty(); });
  return all;
}

void SharedOut::build(std::span<Variable* const> variables) {
  if (std::ranges::find(variables, nullptr) != variables.end())
    invalid_argument(class_name(), "a variable must be given.");
  if (built_) {
    shares(variables);  // refuses others
    return;
  }
  for (const auto& optimizer : inner_) {
    if (optimizer->is_overridden()) {
      invalid_argument(class_name(), "an optimizer with functions of a user's, ",
                       optimizer->class_name(), ", cannot be one of its.");
    }
  }
  std::vector<Optimizer*> begun;
  try {
    for (Variable* variable : variables) {
      if (places_.emplace(variable, 0).second) variables_.push_back(variable);
    }
    for (Variable* variable : variables_) places_[variable] = place_of(*variable);
    for (const auto& [optimizer, own] : shares(variables_)) {
      if (!optimizer->built()) begun.push_back(optimizer);
      optimizer->build(own);
    }
  } catch (...) {
    for (Optimizer* optimizer : begun) optimizer->unbuild();
    places_.clear();
    variables_.clear();
    throw;
  }
  built_ = true;
}

void SharedOut::unbuild() {
  for (const auto& optimizer : inner_) optimizer->unbuild();
  places_.clear();
  variables_.clear();
  built_ = false;
}

std::vector<const Variable*> SharedOut::variables() const {
  return {variables_.begin(), variables_.end()};
}

void SharedOut::apply(std::span<Variable* const> variables, const Gradients& gradients) {
  if (variables.empty()) return;
  build(variables);
  apply_all(shares(variables), gradients);
}

void SharedOut::exclude_from_weight_decay(std::span<Variable* const> variables,
                                          std::vector<std::string> names) {
  if (built_) {
    invalid_argument(class_name(),
                     "exclude_from_weight_decay must be called before the optimizer is built.");
  }
  for (const auto& optimizer : inner_) optimizer->exclude_from_weight_decay(variables, names);
}

void SharedOut::finalize_variable_values(std::span<Variable* const> variables) {
  if (!built_) return;
  for (const auto& [optimizer, own] : shares(variables)) optimizer->finalize_variable_values(own);
}

std::int64_t SharedOut::count_params() const {
  std::int64_t count =
      Optimizer::count_params() + (built_ ? static_cast<std::int64_t>(own_names().size()) : 0);
  for (const auto& optimizer : inner_) count += optimizer->count_params();
  return count;
}

std::vector<std::string> SharedOut::weight_names() const {
  std::vector<std::string> names = Optimizer::weight_names();
  if (built_) std::ranges::move(own_names(), std::back_inserter(names));
  for (const auto& optimizer : inner_)
    std::ranges::move(optimizer->weight_names(), std::back_inserter(names));
  return names;
}

/// Without those of the others.
std::vector<Tensor> SharedOut::weights_of_this() const {
  std::vector<Tensor> all = Optimizer::get_weights();
  if (built_) std::ranges::move(own_state(), std::back_inserter(all));
  return all;
}

std::vector<Tensor> SharedOut::get_weights() const {
  std::vector<Tensor> all = weights_of_this();
  for (const auto& optimizer : inner_)
    std::ranges::move(optimizer->get_weights(), std::back_inserter(all));
  return all;
}

Tensor SharedOut::get_weight(std::size_t index) const {
  const std::vector<Tensor> own = weights_of_this();
  if (index < own.size()) return own[index];
  std::size_t at = index - own.size();
  for (const auto& optimizer : inner_) {
    const std::size_t count = optimizer->weight_names().size();
    if (at < count) return optimizer->get_weight(at);
    at -= count;
  }
  out_of_range(class_name(), "there is no weight ", index, ": there are ", index - at, ".");
}

void SharedOut::set_weights(const std::vector<Tensor>& weights) {
  const std::vector<Tensor> before = get_weights();
  if (weights.size() != before.size()) {
    invalid_argument(class_name(), "set_weights needs ", before.size(), " tensors",
                     built_ ? "" : " before build", ". Received: ", weights.size());
  }
  const std::size_t own = Optimizer::weight_names().size();
  const std::size_t added = built_ ? own_names().size() : 0;
  for (std::size_t i = own; i < own + added; ++i) {
    if (!weights[i] || weights[i].shape() != Shape{})
      invalid_argument(class_name(), "set_weights: tensor ", i, " must be a number.");
  }
  const auto part = [](const std::vector<Tensor>& all, std::size_t first, std::size_t count) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(first);
    return std::vector<Tensor>(begin, begin + static_cast<std::ptrdiff_t>(count));
  };
  const auto set = [&](const std::vector<Tensor>& all) {
    Optimizer::set_weights(part(all, 0, own));
    std::size_t first = own + added;
    for (const auto& optimizer : inner_) {
      const std::size_t count = optimizer->weight_names().size();
      optimizer->set_weights(part(all, first, count));
      first += count;
    }
    if (added > 0) set_own_state(part(all, own, added));
  };
  try {
    set(weights);
  } catch (...) {
    set(before);
    throw;
  }
}

}  // namespace keratin::optimizers
