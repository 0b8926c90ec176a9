// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "keratin/optimizers/rule.h"
#include "keratin/optimizers/step_gradient.h"
#include "keratin/tensor/variable.h"

/// One step of one variable: which of its rows are visited, and what happens to them. Not
/// installed.
namespace keratin::optimizers {

struct VariableStep {
  Variable* variable = nullptr;

  /// The rule and its gradient; null leaves the weights to the averages and the constraint below.
  const StepGradient* gradient = nullptr;
  const Rule* rule = nullptr;
  std::array<float*, kMaxSlots> slots = {};

  bool decays = false;  // w -= w * weight_decay * learning_rate, before the rule
  float weight_decay = 0;
  float learning_rate = 0;

  float* average = nullptr;  // of use_ema
  float average_momentum = 0;
  bool overwrite = false;  // the weights become the average

  bool constrain = false;  // at the end, by the variable's own constraint
};

/// Takes the step. A row whose gradient is zero is visited only if something moves it.
/// The result does not depend on the number of threads, nor on whether the gradient came as rows.
void take_step(const VariableStep& step);

}  // namespace keratin::optimizers
