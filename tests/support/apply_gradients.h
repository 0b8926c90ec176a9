// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "keratin/optimizers/optimizer.h"
#include "keratin/tensor/gradients.h"
#include "keratin/tensor/variable.h"

/// How the tests give an optimizer its gradients.
namespace keratin::testing {

/// A variable, and a gradient of its shape, or rows of one.
struct WithGradient {
  WithGradient(Variable& variable, Tensor gradient)
      : variable(&variable), dense(std::move(gradient)) {}
  WithGradient(Variable& variable, SparseRows gradient)
      : variable(&variable), rows(std::move(gradient)) {}
  Variable* variable;
  Tensor dense = {};
  SparseRows rows = {};
};

/// One step on `variables`, of which those that are given have gradients.
inline void apply_gradients(optimizers::Optimizer& optimizer, std::span<Variable* const> variables,
                            const std::vector<WithGradient>& given) {
  Gradients gradients;
  for (const WithGradient& one : given) {
    if (one.dense) {
      gradients.add(*one.variable, one.dense);
    } else {
      gradients.add(*one.variable, one.rows);
    }
  }
  optimizer.apply(variables, gradients);
}

/// One step on the variables that are given.
inline void apply_gradients(optimizers::Optimizer& optimizer,
                            const std::vector<WithGradient>& given) {
  std::vector<Variable*> variables;
  for (const WithGradient& one : given) variables.push_back(one.variable);
  apply_gradients(optimizer, variables, given);
}

}  // namespace keratin::testing
