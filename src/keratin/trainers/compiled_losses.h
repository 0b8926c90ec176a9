// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "keratin/graph/pass.h"
#include "keratin/graph/value.h"
#include "keratin/trainers/callback.h"
#include "keratin/trainers/compile_choices.h"
#include "keratin/trainers/compiled_metrics.h"
#include "keratin/trainers/data_adapter.h"

namespace keratin::trainers {

/// The names of the losses' numbers: "loss", and where several outputs have one, output_loss of
/// each, or name_loss of each of the joint ones; each name once.
std::vector<std::string> loss_names(const std::vector<OutputChoices>& outputs,
                                    const JointLosses* joint = nullptr);

/// The losses of a compiled model's outputs. Keras: `CompileLoss`. Threads: one at a time.
class CompiledLosses {
 public:
  CompiledLosses() = default;
  /// Chooses by the shapes where a choice is left to them. Throws as the choices do.
  CompiledLosses(const std::vector<OutputChoices>& outputs, const Tensors& y_true,
                 const Values& y_pred);
  explicit CompiledLosses(std::shared_ptr<const JointLosses> joint);

  bool empty() const { return means_.empty(); }
  /// The loss of each output that has one, and what it is multiplied with.
  struct OfBatch {
    Values values;
    Few<float> weights;
  };
  /// Throws as the losses do; where there are several, errors end with the output's name.
  OfBatch operator()(const Batch& batch, const Values& y_pred, Pass& pass) const;

  /// Takes the losses of a batch, as the call above gave them, into the means.
  void update(const Values& values, std::int64_t samples);
  void reset();
  RunState run_state() const;
  void set_run_state(const RunState& state);
  /// Appends the mean of each where there are several, not multiplied.
  void add_to(Logs& logs) const;

 private:
  struct OfOutput {
    std::shared_ptr<const losses::Loss> loss;
    std::size_t output;
    float weight;
    std::string name;  // of the output
  };
  struct Mean {
    std::string name;  // of its number
    LossTracker mean = {};
  };
  OfBatch joint_of(const Batch& batch, const Values& y_pred, Pass& pass) const;

  std::vector<OfOutput> losses_;              // those of one output each, or
  std::shared_ptr<const JointLosses> joint_;  // these
  std::vector<Mean> means_;                   // one a loss
};

}  // namespace keratin::trainers
