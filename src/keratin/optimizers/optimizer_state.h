// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/optimizers/optimizer.h"
#include "keratin/optimizers/variable_state.h"

/// What an optimizer is behind its interface. Not installed.
namespace keratin::optimizers {

/// One that some tables have for themselves (RowStorage::optimizer), and these.
struct OwnOptimizer {
  std::shared_ptr<Optimizer> optimizer;
  std::vector<Variable*> variables = {};
  bool begun = false;  // by the optimizer that has it here
};

/// What a step is of one variable.
struct Move {
  VariableState* state;
  const Method* method;
  VariableStep step;
  std::exception_ptr thrown = {};  // by a constraint
  /// How much work it is, of a table.
  std::int64_t floats() const;
};

struct Optimizer::State : Method {
  static constexpr std::string_view kOwner = "Optimizer";
  float rate;                   // where there is no schedule
  std::int64_t iterations = 0;  // calls of apply
  bool built = false;
  std::vector<VariableState> entries = {};
  std::unordered_map<const Variable*, std::size_t> index = {};
  std::vector<table::RowSlots*> in_files = {};        // of entries: they note the iterations
  std::vector<std::shared_ptr<Variable>> added = {};  // the state of an optimizer of a user's own
  std::string own_name = {};                          // of its class
  std::vector<OwnOptimizer> own_optimizers = {};      // of tables
  Overrides overrides = {};
  bool penalties_are_in = false;  // the gradients, while a function stands in the place of apply()
  const Pass* in_step = nullptr;  // while a function stands in the place of update_step()
  std::unordered_set<const Variable*> excluded = {};
  std::vector<std::string> excluded_names = {};

  std::int64_t accumulation() const {
    return std::max<std::int64_t>(1, options.gradient_accumulation_steps.value_or(0));
  }
  std::int64_t steps() const { return iterations / accumulation(); }
  float loss_scale() const { return static_cast<float>(options.loss_scale_factor.value_or(1)); }
  float learning_rate() const {
    const LearningRate option = options.learning_rate;  // a user's schedule may set another one
    return option.schedule() != nullptr ? option.at(iterations) : rate;
  }

  /// Those in files, wherever they are.
  std::vector<Slot> slots() const {
    return rule->within() != nullptr ? rule->within()->slots() : rule->slots();
  }

  void set_iterations(std::int64_t count) {
    iterations = count;
    for (table::RowSlots* const rows : in_files) rows->set_iterations(count);
  }
  VariableState& entry(const Variable& variable) {
    const auto found = index.find(&variable);
    if (found == index.end()) refuse_unknown(variable);
    return entries[found->second];
  }
  [[noreturn]] void refuse_unknown(const Variable& variable) const;
  bool use_weight_decay(const Variable& variable) const;

  std::vector<VariableState*> only_averaged(std::span<VariableState* const> active);
  std::vector<VariableState*> with_gradient(std::span<Variable* const> variables,
                                            const Gradients& found, bool penalties);
  /// `penalties`: they are to be added.
  std::vector<GradientSum> accumulated(std::span<VariableState* const> active,
                                       const Gradients& found, float loss_scale,
                                       bool penalties) const;
  std::vector<StepGradient> gradients(std::span<VariableState* const> active,
                                      const std::vector<GradientSum>& sums, const Gradients& found,
                                      float loss_scale, bool penalties) const;
  void clip(std::vector<StepGradient>& gradients) const;
  /// What the step is of each variable, with all the memory that it takes.
  std::vector<Move> moves(std::span<VariableState* const> active,
                          const std::vector<StepGradient>& gradients, float rate);
  /// Begins the step of the rule.
  void begin(std::vector<Move>& moves, float rate);

  /// Calls on_tensor(Tensor) and on_sum(GradientSum&, shape) for the state of the variables, in
  /// the order of Keras's `optimizer.variables` after the learning rate.
  static constexpr int kAverage = -1, kSum = -2, kScalar = -3, kAdded = -4;
  template <class F>
  void for_each_part(F f);
  template <class OnTensor, class OnSum>
  void visit_state(OnTensor on_tensor, OnSum on_sum);
  std::vector<Tensor> copies(std::optional<std::size_t> only);
};

}  // namespace keratin::optimizers
