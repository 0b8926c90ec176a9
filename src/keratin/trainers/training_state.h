// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "keratin/trainers/compiled_losses.h"
#include "keratin/trainers/compiled_metrics.h"
#include "keratin/trainers/data_adapter.h"
#include "keratin/trainers/places.h"
#include "keratin/trainers/trainer.h"

namespace keratin::trainers {

/// What compile() sets up, and the steps on it. Not installed.
struct Trainer::State {
  static constexpr std::string_view kOwner = "Trainer";
  std::shared_ptr<optimizers::Optimizer> optimizer;  // null before compile()
  std::optional<CompileOptions> given;               // to compile(): made by default it has a name
  std::vector<OutputChoices> outputs;                // what was compiled, an entry an output
  std::shared_ptr<const JointLosses> joint_losses;   // in the place of theirs, or null
  CompiledLosses losses;
  CompiledMetrics metrics;
  LossTracker tracker;
  bool chosen = false;         // loss and metrics are resolved: the first batch was seen
  bool has_own_parts = false;  // of the chosen metrics and the optimizer: classes of the user's
  std::shared_ptr<Tape> tape;  // of the last step, for its memory
  Gradients kept_gradients;    // likewise, empty
  // Calls of losses and metrics that go on: a user's own may call the model, which must not replace
  // them meanwhile, or change the layers that a step is going through.
  mutable int calls = 0;
  Loop* loop = nullptr;               // of the fit that goes on
  std::optional<RunState> to_resume;  // given in on_train_begin: where it is to begin
  std::optional<RunState> to_count;   // loss and metrics so far, until there are any to have them
  std::optional<Logs> own_logs;  // of the model's own last step: they stand in place of the others

  /// Throws std::invalid_argument, naming `method`, before compile().
  void require_compiled(std::string_view method) const;
  /// Whether a loss or a metric was compiled, which looks at y and y_pred by their outputs.
  bool looks_at_outputs() const;
  /// Where the tensors of a batch of that model belong.
  Places places(const Trainable& model) const;

  /// One training step. When it throws, weights, gradients and optimizer are as before; loss and
  /// metrics too, but for metrics whose state is Python's, and where memory ends or a Ctrl-C comes
  /// while they gather: then they start anew.
  /// `reset`: they start anew with this step. `logs_of_step`: where its logs() go, if anywhere.
  void train(Trainable& model, const Batch& batch, bool reset, Logs* logs_of_step = nullptr);
  /// The model's own step where it has one, else train().
  void train_step(Trainable& model, const Batch& batch, bool reset, Logs* logs_of_step = nullptr);
  /// Likewise for test().
  void test_step(Trainable& model, const Batch& batch, double penalty, bool reset);
  /// The loss of a batch for a step of the model's own: the compiled losses, those of the pass, and
  /// the penalties of the weights.
  Value compute_loss(Trainable& model, const Batch& batch, const Values& y_pred, Pass& pass);
  /// Its part of the compiled metrics.
  void take_metrics(const Batch& batch, const Values& y_pred);

  /// Loss and metrics of one batch. `penalty` is the regularizers' of the weights.
  void test(const Trainable& model, const Batch& batch, double penalty, bool reset);

  /// Loss and metrics of the epoch so far.
  RunState run_state() const;
  /// Those, once the losses and metrics are there.
  void count_from(const RunState& state);

  void reset_metrics();
  /// The same, and those of the model's own.
  void reset_metrics(Trainable& model);
  Logs logs() const;
  /// Of the compiled metrics alone.
  Logs metric_logs() const;

  /// While it lives, Trainer::require_idle() throws.
  class Call {
   public:
    explicit Call(const State& state) : state_(state) { ++state_.calls; }
    ~Call() { --state_.calls; }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    const State& state_;
  };

 private:
  void choose(const Batch& batch, const Values& y_pred);
  /// Takes a batch into metrics, losses and their total. `reset`: as train() has it.
  void count(const Batch& batch, const Values& y_pred, const CompiledLosses::OfBatch& of_batch,
             double total, bool reset);
  template <class F>
  void gather(F function);
  std::shared_ptr<Tape> new_tape();
};

/// Throws std::invalid_argument unless it is 0, 1 or 2.
void check_verbose(std::string_view who, int verbose);

/// The tensors as constants.
Values values_of(const Tensors& tensors);

/// The sum of the weight regularizers, and whether there is one at all.
struct Penalty {
  double sum = 0;
  bool any = false;
};
Penalty weight_penalty(const std::vector<Variable*>& variables);

}  // namespace keratin::trainers
