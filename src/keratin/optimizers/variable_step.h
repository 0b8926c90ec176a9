// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "keratin/optimizers/rule.h"
#include "keratin/optimizers/step_gradient.h"
#include "keratin/parallel/scratch.h"
#include "keratin/table/row_storage.h"
#include "keratin/tensor/variable.h"

/// One step of one variable: which of its rows are visited, and what happens to them. Not
/// installed.
namespace keratin::optimizers {

/// The memory that the step of a variable needs beyond the stack, which few steps do.
struct StepMemory {
  std::optional<parallel::Scratch> rows;  // for rows too wide for the stack
  std::vector<float> whole;  // a table of 16 bits, for a constraint that couples its rows
  // Of a table whose penalty is a sum over elements: the part of each chunk of its rows.
  std::vector<double> penalties;
};
/// Null where the step needs none. Throws std::bad_alloc.
std::shared_ptr<StepMemory> memory_of_step(const Variable& variable,
                                           const table::RowStorage* table);

struct VariableStep {
  Variable* variable = nullptr;
  table::RowStorage* table = nullptr;  // of a table, or
  float* weights = nullptr;            // of a weight that is a tensor
  /// True for a table whose rows are visited only where they have a gradient: at `places`. What the
  /// other rows miss is on record (missed_steps.h). False: every row is visited.
  bool visits_touched = false;
  std::span<const std::int64_t> places = {};
  const float* rows_read = nullptr;  // their weights as they are now, where they are at hand

  /// The rule and its gradient; null leaves the weights to the averages and the constraint below.
  const StepGradient* gradient = nullptr;
  const Rule* rule = nullptr;
  StepScalars scalars = {};  // of the rule's step
  std::size_t slot_count = 0;
  std::array<float*, kMaxSlots> slots = {};  // where every row is visited

  bool decays = false;  // w -= w * weight_decay * learning_rate, before the rule
  float weight_decay = 0;
  float learning_rate = 0;

  bool averages = false;     // use_ema
  float* average = nullptr;  // where every row is visited
  float average_momentum = 0;
  bool overwrite = false;  // the weights become the average

  bool constrain = false;  // at the end, by the variable's own constraint
  /// Takes what a constraint of whole weights throws, so that the step comes to its end.
  std::exception_ptr* thrown = nullptr;

  std::shared_ptr<StepMemory> memory = {};  // memory_of_step()
};

/// Takes the step, and cannot fail. Gives the penalty of the weights that it leaves, where memory
/// for its parts was taken: they are in the cache now, and will not be when it is asked for. The
/// rows of a table that is swept are up to date. The result does not depend on the number of
/// threads, nor on whether the gradient came as rows.
std::optional<double> take_step(const VariableStep& step);

}  // namespace keratin::optimizers
