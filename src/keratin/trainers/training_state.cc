// SPDX-License-Identifier: Apache-2.0
#include "keratin/trainers/training_state.h"

#include <algorithm>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/graph/op.h"
#include "keratin/optimizers/optimizers.h"
#include "keratin/parallel/parallel.h"
#include "keratin/regularizers/regularizer.h"
#include "keratin/trainers/noted.h"

namespace keratin::trainers {
namespace {

void require_some_loss(bool has_loss, bool has_penalty, const Values& losses) {
  if (has_loss || has_penalty || !losses.empty()) return;
  throw CompileError(
      "[compile] there is no loss to compute: give a loss to compile(), or layers with "
      "regularizers.");
}

double number(const Value& value) { return static_cast<double>(value.tensor().data<float>()[0]); }

/// What the step goes down: the losses times their weights, and the losses of layers.
Value total_of(const CompiledLosses::OfBatch& losses, const Values& of_layers) {
  Few<const Value*> values;
  Few<float> weights = losses.weights;
  for (const Value& value : losses.values) values.push_back(&value);
  for (const Value& value : of_layers) {
    values.push_back(&value);
    weights.push_back(1.0F);
  }
  const Arguments arguments{values.span()};
  float sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) sum += weights[i] * arguments[i].data<float>()[0];
  Result result{Tensor::from(std::vector<float>{sum}, Shape{})};
  result.pullback = [weights = std::move(weights)](Slopes& slopes) {
    const float slope = slopes.of().data<float>()[0];
    for (std::size_t i = 0; i < weights.size(); ++i)
      slopes.add(i, Tensor::from(std::vector<float>{slope * weights[i]}, Shape{}));
  };
  return recorded(std::move(result), arguments);
}

/// The sweep of the last step leaves the penalty of the weights that it wrote.
double penalty_of(const Variable& variable) {
  const regularizers::Regularizer& regularizer = *variable.regularizer;
  if (variable.storage()) {
    if (const auto sum = variable.storage()->remembered(&regularizer))
      return static_cast<float>(*sum);
  }
  return static_cast<double>(regularizer(variable.value()));
}

}  // namespace

Penalty weight_penalty(const std::vector<Variable*>& variables) {
  Penalty penalty;
  for (const Variable* variable : variables) {
    if (!variable->regularizer) continue;
    penalty.any = true;
    penalty.sum += penalty_of(*variable);
  }
  return penalty;
}

void check_verbose(std::string_view who, int verbose) {
  if (verbose < 0 || verbose > 2)
    invalid_argument(who, "verbose must be 0, 1 or 2. Received: ", verbose);
}

Values values_of(const Tensors& tensors) {
  if (tensors.size() == 1) return tensors[0];
  return std::vector<Value>(tensors.begin(), tensors.end());
}

void Trainer::State::require_compiled(std::string_view method) const {
  if (!optimizer) invalid_argument(method, "you must call compile() before ", method, "().");
}

bool Trainer::State::looks_at_outputs() const {
  return joint_losses || std::ranges::any_of(outputs, [](const OutputChoices& output) {
           return output.has_loss() || !output.metrics.empty() || !output.weighted_metrics.empty();
         });
}

Places Trainer::State::places(const Trainable& model) const {
  Places places{.inputs = model.input_names(), .outputs = model.output_names()};
  places.any_targets = model.has_own_steps() && !looks_at_outputs();
  if (outputs.size() < 2) return places;
  for (const OutputChoices& output : outputs) places.with_loss.push_back(output.has_loss());
  return places;
}

void Trainer::State::choose(const Batch& batch, const Values& y_pred) {
  if (y_pred.size() != outputs.size() && looks_at_outputs()) {
    throw CompileError(str("[Trainer] the model has ", outputs.size(),
                           " outputs by their names, and gave ", y_pred.size(), "."));
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const OutputChoices& output = outputs[i];
    if (!output.has_loss() && output.metrics.empty() && output.weighted_metrics.empty()) continue;
    if (!batch.y.empty() && batch.y[i]) continue;
    if (outputs.size() == 1)
      invalid_argument("Trainer", "the loss or a metric needs y. Received: no y.");
    invalid_argument("Trainer", "the loss or a metric of output '", output.name,
                     "' needs y. Received: no y for it.");
  }
  if (chosen) return;
  CompiledLosses new_losses =
      joint_losses ? CompiledLosses(joint_losses) : CompiledLosses(outputs, batch.y, y_pred);
  CompiledMetrics new_metrics(outputs, batch.y, y_pred);
  new_metrics.reset();  // an object that was given may have seen other data
  metrics = std::move(new_metrics);
  losses = std::move(new_losses);
  has_own_parts = metrics.any_own() || optimizer->is_overridden() ||
                  !is_listed(optimizers::entries(), optimizer->class_name());
  chosen = true;
  if (to_count) count_from(*std::exchange(to_count, std::nullopt));
}

void Trainer::State::count(const Batch& batch, const Values& y_pred,
                           const CompiledLosses::OfBatch& of_batch, double total, bool reset) {
  if (reset) reset_metrics();
  metrics.update(batch, y_pred);
  const std::int64_t samples = batch.x[0].shape()[0];
  if (!of_batch.values.empty()) losses.update(of_batch.values, samples);
  tracker.update(total, samples);
}

/// `function`, which takes a batch into loss and metrics; where it fails the batch is not half
/// counted.
template <class F>
void Trainer::State::gather(F function) {
  const LossTracker tracker_before = tracker;
  // Of what a user wrote nobody knows when it throws: it costs a copy a step. What else throws here
  // is memory that ends, or a Ctrl-C: then they start anew.
  std::optional<CompiledLosses> losses_before;
  CompiledMetrics::State metrics_before;
  if (has_own_parts) {
    losses_before = losses;
    metrics_before = metrics.state();
  }
  try {
    function();
  } catch (...) {
    if (losses_before) {
      tracker = tracker_before;
      losses = *std::move(losses_before);
      metrics.set_state(metrics_before);
    } else {
      reset_metrics();
    }
    throw;
  }
}

/// The tape of the step before, for its memory, unless somebody still holds it.
std::shared_ptr<Tape> Trainer::State::new_tape() {
  if (!tape || tape.use_count() > 1) return std::make_shared<Tape>();
  std::shared_ptr<Tape> taken = std::move(tape);
  taken->clear();
  return taken;
}

void Trainer::State::train(Trainable& model, const Batch& batch, bool reset, Logs* logs_of_step) {
  const Call call(*this);
  const std::vector<Variable*> variables = model.trainable_variables();
  Pass pass(true, new_tape());
  const Values y_pred = model.forward(values_of(batch.x), pass);
  choose(batch, y_pred);

  Value total = model.own_loss(batch, y_pred, pass);
  CompiledLosses::OfBatch of_batch;
  Penalty penalty;
  parallel::check_interrupt();
  if (!total) {
    of_batch = losses(batch, y_pred, pass);
    penalty = weight_penalty(variables);
    require_some_loss(!losses.empty(), penalty.any, pass.losses);
    parallel::check_interrupt();
    total = total_of(of_batch, pass.losses);
  }

  // Keras updates the metrics last; here they come before the weights, so that a metric that
  // refuses the batch leaves the weights alone. They see the same y_pred either way.
  Gradients gradients = std::exchange(kept_gradients, {});
  if (!optimizer->built()) optimizer->build(variables);
  pass.tape->gradients(total, optimizer->loss_scale_factor(), gradients);
  parallel::check_interrupt();
  gather([&] {
    count(batch, y_pred, of_batch, number(total) + penalty.sum, reset);
    if (logs_of_step != nullptr) *logs_of_step = logs();
    optimizer->step(variables, gradients);  // last: what throws before has changed no weight
  });
  pass.commit();
  tape = std::move(pass.tape);
  gradients.clear();
  kept_gradients = std::move(gradients);
}

void Trainer::State::test(const Trainable& model, const Batch& batch, double penalty, bool reset) {
  const Call call(*this);
  Pass pass;
  const Values y_pred = model.forward(values_of(batch.x), pass);
  choose(batch, y_pred);
  const Value own = model.own_loss(batch, y_pred, pass);
  CompiledLosses::OfBatch of_batch;
  double total = penalty;
  if (own) {
    total = number(own);
  } else {
    of_batch = losses(batch, y_pred, pass);
    for (const Value& of_layer : pass.losses) total += number(of_layer);
    for (std::size_t i = 0; i < of_batch.values.size(); ++i)
      total += static_cast<double>(of_batch.weights[i]) * number(of_batch.values[i]);
  }
  gather([&] { count(batch, y_pred, of_batch, total, reset); });
  if (model.keeps_state()) pass.commit();
}

void Trainer::State::train_step(Trainable& model, const Batch& batch, bool reset,
                                Logs* logs_of_step) {
  std::optional<Logs> own;
  {
    const Call call(*this);
    if (reset) reset_metrics(model);
    own = model.own_train_step(batch);
  }
  if (!own) {
    train(model, batch, reset, logs_of_step);
    return;
  }
  if (logs_of_step != nullptr) *logs_of_step = *own;
  own_logs = std::move(own);
}

void Trainer::State::test_step(Trainable& model, const Batch& batch, double penalty, bool reset) {
  std::optional<Logs> own;
  {
    const Call call(*this);
    if (reset) reset_metrics(model);
    own = model.own_test_step(batch);
  }
  if (own) {
    own_logs = std::move(own);
  } else {
    test(model, batch, penalty, reset);
  }
}

Value Trainer::State::compute_loss(Trainable& model, const Batch& batch, const Values& y_pred,
                                   Pass& pass) {
  choose(batch, y_pred);
  const Penalty penalty = weight_penalty(model.trainable_variables());
  require_some_loss(!losses.empty(), penalty.any, pass.losses);
  Values of_layers = pass.losses;
  if (penalty.any) {
    of_layers.push_back(Tensor::from(std::vector<float>{static_cast<float>(penalty.sum)}, Shape{}));
  }
  return total_of(losses(batch, y_pred, pass), of_layers);
}

void Trainer::State::take_metrics(const Batch& batch, const Values& y_pred) {
  choose(batch, y_pred);
  gather([&] { metrics.update(batch, y_pred); });
}

RunState Trainer::State::run_state() const {
  RunState state;
  state.add("loss", tracker.run_state());
  state.add("losses", losses.run_state());
  state.add("metrics", metrics.run_state());
  return state;
}

void Trainer::State::count_from(const RunState& state) {
  tracker.set_run_state(state.part("loss"));
  if (!chosen) {
    to_count = state;
    return;
  }
  losses.set_run_state(state.part("losses"));
  metrics.set_run_state(state.part("metrics"));
}

void Trainer::State::reset_metrics() {
  to_count.reset();
  const Call call(*this);
  own_logs.reset();
  tracker.reset();
  losses.reset();
  metrics.reset();
}

void Trainer::State::reset_metrics(Trainable& model) {
  reset_metrics();
  model.reset_own_metrics();
}

Logs Trainer::State::metric_logs() const {
  Logs logs;
  metrics.add_to(logs);
  return logs;
}

Logs Trainer::State::logs() const {
  if (own_logs) return *own_logs;
  const Call call(*this);
  Logs logs;
  logs.append("loss", tracker.result());
  losses.add_to(logs);
  metrics.add_to(logs);
  return logs;
}

}  // namespace keratin::trainers
