// SPDX-License-Identifier: Apache-2.0
// Of optimizers/optimizer: its state as tensors with Keras's names and order, given out and taken
// back.
#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/optimizers/optimizer_state.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::optimizers {

/// Calls f(entry, name, slot) for each part of the state, in the order of Keras's
/// `optimizer.variables` after the learning rate. `slot` is the slot's place, or kAverage, kSum, or
/// kScalar and, from kAdded down, what an optimizer of a user's own added, which belong to no entry
/// (null).
template <class F>
void Optimizer::State::for_each_part(F f) {
  if (options.use_ema) {
    for (VariableState& entry : entries) f(&entry, "average", kAverage);
  }
  if (accumulation() > 1) {
    for (VariableState& entry : entries) f(&entry, "gradient_accumulator", kSum);
  }
  const std::vector<Slot> slots = this->slots();
  int groups = 0;
  for (const Slot& slot : slots) groups = std::max(groups, slot.group + 1);
  for (int group = 0; group < groups; ++group) {
    for (VariableState& entry : entries) {
      for (std::size_t k = 0; k < slots.size(); ++k) {
        if (slots[k].group == group) f(&entry, slots[k].name, static_cast<int>(k));
      }
    }
  }
  if (built && rule->scalar_state() != nullptr) f(nullptr, rule->scalar_name(), kScalar);
  for (std::size_t k = 0; k < added.size(); ++k)
    f(nullptr, added[k]->name(), kAdded - static_cast<int>(k));
}

template <class OnTensor, class OnSum>
void Optimizer::State::visit_state(OnTensor on_tensor, OnSum on_sum) {
  for_each_part([&](VariableState* entry, std::string_view, int slot) {
    if (slot == kScalar) return on_tensor(*rule->scalar_state());
    if (entry == nullptr) return on_tensor(added[static_cast<std::size_t>(kAdded - slot)]->value());
    if (slot == kAverage) return on_tensor(entry->average_as_it_is(*this));
    if (slot == kSum) return on_sum(entry->sum, entry->variable->shape());
    const auto k = static_cast<std::size_t>(slot);
    if (!entry->slots_of_pass.empty()) return on_tensor(entry->slots_of_pass[k]->value());
    on_tensor(entry->table != nullptr ? entry->slot(*this, k) : entry->slots[k]);
  });
}

std::int64_t Optimizer::count_params() const {
  const State& s = *state_;
  std::int64_t count = s.options.learning_rate.schedule() == nullptr ? 2 : 1;  // with iterations
  for (const auto& variable : s.added) count += variable->shape().size();
  if (!s.built) return count;
  const auto like_weights = static_cast<std::int64_t>(s.slots().size()) +
                            (s.options.use_ema ? 1 : 0) + (s.accumulation() > 1 ? 1 : 0);
  for (const VariableState& entry : s.entries)
    count += like_weights * entry.variable->shape().size();
  for (const OwnOptimizer& own : s.own_optimizers) count += own.optimizer->count_params();
  return count + (s.rule->scalar_state() != nullptr ? 1 : 0);
}

/// Copies of the state, or of the one part at `only`: the others are null then.
std::vector<Tensor> Optimizer::State::copies(std::optional<std::size_t> only) {
  std::vector<Tensor> all;
  const auto add = [&](auto copy) {
    all.push_back(!only || *only == all.size() ? copy() : Tensor());
  };
  add([&] { return Tensor::from(std::vector<std::int64_t>{iterations}, Shape{}); });
  if (options.learning_rate.schedule() == nullptr)
    add([&] { return Tensor::from(std::vector<float>{rate}, Shape{}); });
  if (only && *only < all.size()) return all;  // without a look at the slots
  visit_state(
      [&](const Tensor& tensor) { add([&] { return copy_of(tensor); }); },
      [&](GradientSum& sum, const Shape& shape) { add([&] { return sum.to_tensor(shape); }); });
  return all;
}

std::vector<Tensor> Optimizer::get_weights() const {
  std::vector<Tensor> all = state_->copies(std::nullopt);
  for (const OwnOptimizer& own : state_->own_optimizers)
    std::ranges::move(own.optimizer->get_weights(), std::back_inserter(all));
  return all;
}

Tensor Optimizer::get_weight(std::size_t index) const {
  const std::vector<Tensor> all = state_->copies(index);
  if (index < all.size()) return all[index];
  std::size_t at = index - all.size();
  for (const OwnOptimizer& own : state_->own_optimizers) {
    const std::size_t count = own.optimizer->weight_names().size();
    if (at < count) return own.optimizer->get_weight(at);
    at -= count;
  }
  out_of_range(state_->class_name, "there is no weight ", index, ": there are ", index - at, ".");
}

std::vector<std::string> Optimizer::weight_names() const {
  std::vector<std::string> names = {"iteration"};
  if (state_->options.learning_rate.schedule() == nullptr) names.emplace_back("learning_rate");
  state_->for_each_part([&](const VariableState* entry, std::string_view what, int) {
    std::string name = entry == nullptr ? "" : entry->variable->path() + "_";
    std::replace(name.begin(), name.end(), '/', '_');
    names.push_back(name.append(what));
  });
  for (const OwnOptimizer& own : state_->own_optimizers)
    std::ranges::move(own.optimizer->weight_names(), std::back_inserter(names));
  return names;
}

void Optimizer::set_iterations(std::int64_t calls) {
  if (calls < 0) {
    invalid_argument(state_->class_name,
                     "the number of iterations must not be negative. Received: ", calls);
  }
  for (VariableState& entry : state_->entries) {
    if (entry.table != nullptr) entry.table->prepare_sweep();
  }
  state_->set_iterations(calls);
}

/// All of them, or none.
void Optimizer::set_weights(const std::vector<Tensor>& weights) {
  const std::vector<OwnOptimizer>& own = state_->own_optimizers;
  if (own.empty()) return set_rest(weights);
  const std::vector<Tensor> before = get_weights();
  if (weights.size() != before.size()) {
    invalid_argument(state_->class_name, "set_weights needs ", before.size(),
                     " tensors. Received: ", weights.size());
  }
  const auto set = [&](const std::vector<Tensor>& all) {
    auto end = all.end();
    for (auto one = own.rbegin(); one != own.rend(); ++one) {
      const auto begin = end - std::ssize(one->optimizer->weight_names());
      one->optimizer->set_weights({begin, end});
      end = begin;
    }
    set_rest({all.begin(), end});
  };
  try {
    set(weights);
  } catch (...) {
    set(before);
    throw;
  }
}

/// Of what is moved by no optimizer of a table's own.
void Optimizer::set_rest(const std::vector<Tensor>& weights) {
  State& s = *state_;
  const bool has_rate = s.options.learning_rate.schedule() == nullptr;
  std::vector<Shape> shapes(has_rate ? 2 : 1);
  s.visit_state([&](Tensor tensor) { shapes.push_back(tensor.shape()); },
                [&](GradientSum&, const Shape& shape) { shapes.push_back(shape); });
  if (weights.size() != shapes.size()) {
    invalid_argument(s.class_name, "set_weights needs ", shapes.size(), " tensors",
                     s.built ? "" : " before build", ". Received: ", weights.size());
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!weights[i] || weights[i].shape() != shapes[i]) {
      invalid_argument(s.class_name, "set_weights: tensor ", i, " must have shape ", shapes[i],
                       ". Received: ", weights[i] ? to_string(weights[i].shape()) : "none");
    }
  }
  if (is_floating(weights[0].dtype())) {
    invalid_argument(s.class_name, "set_weights: the number of iterations must be an integer.");
  }
  const Tensor iterations = cast(weights[0], DType::kInt64);
  if (iterations.data<std::int64_t>()[0] < 0) {
    invalid_argument(s.class_name,
                     "set_weights: the number of iterations must not be negative. Received: ",
                     iterations.data<std::int64_t>()[0]);
  }
  std::vector<Tensor> values;  // cast before anything is written: memory may run out
  for (const Tensor& weight : weights) values.push_back(cast(weight, DType::kFloat32));
  for (VariableState& entry : s.entries) {
    if (entry.table != nullptr) entry.table->prepare_sweep();
  }
  s.set_iterations(iterations.data<std::int64_t>()[0]);
  if (has_rate) s.rate = std::as_const(values[1]).data<float>()[0];
  std::size_t next = has_rate ? 2 : 1;
  s.visit_state(
      [&](Tensor tensor) {
        const auto from = std::as_const(values[next++]).data<float>();
        std::copy(from.begin(), from.end(), tensor.data<float>().begin());
      },
      [&](GradientSum& sum, const Shape&) { sum.from_tensor(values[next++]); });
}

/// Writes the variables' values into the averages and, where `both`, those into the variables.
void Optimizer::exchange_averages(bool both) {
  State& s = *state_;
  if (!s.options.use_ema) {
    invalid_argument(s.class_name, "it keeps no averages to swap: that takes use_ema. Received: ",
                     "use_ema=false");
  }
  if (!s.built) return;
  std::vector<Tensor> values;  // copied before anything is written: memory may run out
  std::vector<Tensor> averages;
  for (VariableState& entry : s.entries) {
    values.push_back(copy_of(entry.variable->value()));
    const Tensor average = entry.average_as_it_is(s);
    if (average.shape() != values.back().shape()) {
      invalid_argument(s.class_name, "the average of '", entry.variable->path(), "' has shape ",
                       average.shape(), ", its values ", values.back().shape());
    }
    averages.push_back(both ? copy_of(average) : Tensor());
  }
  for (VariableState& entry : s.entries) {
    if (entry.table != nullptr) entry.table->prepare_sweep();
  }
  for (std::size_t i = 0; i < s.entries.size(); ++i) {
    const VariableState& entry = s.entries[i];
    const auto from = std::as_const(values[i]).data<float>();
    std::copy(from.begin(), from.end(), entry.average_as_it_is(s).data<float>().begin());
    if (both) entry.variable->assign(averages[i]);
  }
}

bool Optimizer::keeps_averages() const { return state_->options.use_ema; }
void Optimizer::swap_averages() { exchange_averages(true); }
void Optimizer::reset_averages() { exchange_averages(false); }

}  // namespace keratin::optimizers
