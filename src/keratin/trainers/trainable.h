// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "keratin/graph/pass.h"
#include "keratin/tensor/variable.h"
#include "keratin/trainers/batch_source.h"
#include "keratin/trainers/callback.h"
#include "keratin/trainers/tensors.h"

namespace keratin::trainers {

/// What a trainer needs of a model: the interface that models/ implements.
class Trainable {
 public:
  virtual ~Trainable() = default;

  /// What the inputs and outputs are called, in their order; empty: there is one, without a name.
  virtual std::vector<std::string> input_names() const { return {}; }
  virtual std::vector<std::string> output_names() const { return {}; }
  virtual std::size_t num_inputs() const { return std::max<std::size_t>(input_names().size(), 1); }

  /// Looks at all data before a run begins: throws where a batch of them would be refused for its
  /// shape or its ids. Positions in the error count from the first sample of `x`. Here and below, x
  /// has an entry an input, in their order.
  virtual void check_data(const Tensors& /*x*/) const {}
  /// Builds for batches like x, of any number of samples, when not built yet; throws what
  /// check_data(x) throws, and then builds nothing. Threads: safe; const because a model may be
  /// built by its first prediction.
  virtual void build_for(const Tensors& x) const = 0;
  /// The outputs, with their masks; a mask that `x` carries goes through the layers too. What comes
  /// out may share the elements of x or of a weight. Threads: const, safe from any number of them,
  /// when the pass is not in training.
  virtual Values forward(const Values& x, Pass& pass) const = 0;
  /// Whether a batch depends on those before it: stateful layers. Then what a pass of evaluate or
  /// predict leaves is committed, batches come one after another, and the model is needed alone.
  virtual bool keeps_state() const { return false; }
  // What a model does in its own way. Keras: the methods of a Model that a user may write anew.

  /// One step on a batch in training, the weights moved, and its logs; nothing where the trainer is
  /// to take its own. Keras: `train_step`.
  virtual std::optional<Logs> own_train_step(const Batch& /*batch*/) { return std::nullopt; }
  /// The logs of a batch that is judged; nothing as above. Keras: `test_step`.
  virtual std::optional<Logs> own_test_step(const Batch& /*batch*/) { return std::nullopt; }
  /// The loss of a batch, one number, on the tape of the pass; none where the compiled losses and
  /// those of layers are all. Keras: `compute_loss`.
  virtual Value own_loss(const Batch& /*batch*/, const Values& /*y_pred*/, Pass& /*pass*/) const {
    return {};
  }
  /// Whether these look at y and sample_weight by themselves, so that there may be any number of
  /// either, where no loss and no metric was compiled. Keras: they are whatever a user likes.
  virtual bool has_own_steps() const { return false; }
  /// Metrics that belong to the model itself start anew. Keras: `reset_metrics`.
  virtual void reset_own_metrics() {}

  virtual std::vector<Variable*> trainable_variables() const = 0;
  /// All weights, trainable or not, in Keras's order.
  virtual std::vector<Variable*> variables() const = 0;
};

}  // namespace keratin::trainers
