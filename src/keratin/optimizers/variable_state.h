// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "keratin/optimizers/common_options.h"
#include "keratin/optimizers/missed_steps.h"
#include "keratin/optimizers/rule.h"
#include "keratin/optimizers/step_gradient.h"
#include "keratin/optimizers/variable_step.h"
#include "keratin/table/row_storage.h"

/// What an optimizer keeps for one variable. Not installed.
namespace keratin::optimizers {

/// What is the same for all variables of an optimizer.
struct Method {
  std::string_view class_name;
  CommonOptions options;
  std::shared_ptr<Rule> rule;
};

/// Null for a weight that is no table.
table::RowStorage* table_of(const Variable& variable);

/// What a step multiplies weights by that decay.
double decay_factor(std::optional<double> weight_decay, float learning_rate);

/// The slots of a variable, its average and its sum of gradients. Those of a table are beside its
/// rows, and which rows a step visits is decided here; what the others miss goes on record.
struct VariableState {
  enum class Visits { kNone, kTouched, kAll };

  /// Throws std::invalid_argument where a table on demand would have to be swept, and what the
  /// constraint throws for a shape that it does not take.
  static VariableState of(Variable& variable, bool decays, const Method& method);

  /// All that can fail in the step of a table; take() only computes. `gradient` is null where the
  /// step has none for this variable.
  void prepare(const Method& method, const StepGradient* gradient, float learning_rate);
  void take(const Method& method, VariableStep step);

  /// A slot of a table as a view of every row as it is now, of one on demand of the rows in use.
  /// Throws std::invalid_argument where rows were moved that were never drawn.
  Tensor slot(const Method& method, std::size_t k) const;
  /// Of use_ema.
  Tensor average_as_it_is(const Method& method) const;

  Variable* variable;
  // Keeps a layer's variable alive: its address must not become another variable's.
  std::shared_ptr<Variable> owner;
  bool decays;
  std::vector<Tensor> slots;
  // In their place where a function of the user's stands before the rule, of a table too.
  std::vector<std::shared_ptr<Variable>> slots_of_pass = {};
  Tensor average;   // of use_ema; else null
  GradientSum sum;  // of gradient_accumulation_steps

  // Of a table, in place of slots and average.
  table::RowStorage* table = nullptr;
  std::shared_ptr<table::RowSlots> rows = {};
  std::shared_ptr<MissedSteps> missed = {};   // null: rows without gradient stand still, or
  bool sweeps = false;                        // every step visits every row
  Visits visits = Visits::kNone;              // of the step in progress: which rows,
  std::span<const std::int64_t> places = {};  // and where they are
  std::optional<double> penalty = {};         // of the weights that the sweep left

 private:
  void make_table_state(const Method& method);
  void choose_visits(const Method& method, const StepGradient& gradient, float learning_rate);
};

}  // namespace keratin::optimizers
