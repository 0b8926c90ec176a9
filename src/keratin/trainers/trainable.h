// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "keratin/graph/pass.h"
#include "keratin/tensor/variable.h"

namespace keratin::trainers {

/// What a trainer needs of a model: the interface that models/ implements.
class Trainable {
 public:
  virtual ~Trainable() = default;

  /// Looks at all data before a run begins: throws where a batch of them would be refused for its
  /// shape or its ids. Positions in the error count from the first sample of `x`.
  virtual void check_inputs(const Tensor& /*x*/) const {}
  /// Builds for batches like x, of any number of samples, when not built yet; throws what
  /// check_inputs(x) throws, and then builds nothing. Threads: safe; const because a model may be
  /// built by its first prediction.
  virtual void build_for(const Tensor& x) const = 0;
  /// The outputs, with their masks; a mask that `x` carries goes through the layers too. What comes
  /// out may share the elements of x or of a weight. Threads: const, safe from any number of them,
  /// when the pass is not in training.
  virtual Values forward(const Value& x, Pass& pass) const = 0;
  virtual std::vector<Variable*> trainable_variables() const = 0;
  /// All weights, trainable or not, in Keras's order.
  virtual std::vector<Variable*> variables() const = 0;
};

}  // namespace keratin::trainers
