// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "keratin/tensor/tensor.h"
#include "keratin/tensor/variable.h"

namespace keratin::trainers {

/// One pass of a batch through a model: what forward leaves for backward. A model derives its own.
struct Pass {
  virtual ~Pass() = default;
  Tensor output;
  Tensor mask;                 // of the output; may be null
  float activity_penalty = 0;  // sum of the activity regularizers
};

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
  /// A mask that `x` carries goes through the layers too. The output carries none: it is in the
  /// pass. Threads: const, safe from any number of them, when `training` is false.
  virtual std::unique_ptr<Pass> forward(const Tensor& x, bool training,
                                        std::int64_t step) const = 0;
  /// Adds to the gradients of trainable_variables().
  virtual void backward(const Tensor& output_gradient, Pass& pass) = 0;
  /// A pass in training of that step is done: where random layers, called alone, go on from.
  virtual void took_step(std::int64_t /*step*/) {}
  virtual std::vector<Variable*> trainable_variables() const = 0;
  /// All weights, trainable or not, in Keras's order.
  virtual std::vector<Variable*> variables() const = 0;
};

}  // namespace keratin::trainers
