// SPDX-License-Identifier: Apache-2.0
#include "keratin/trainers/training_state.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/graph/op.h"
#include "keratin/parallel/parallel.h"
#include "keratin/regularizers/regularizer.h"

namespace keratin::trainers {
namespace {

void require_some_loss(bool has_loss, bool has_penalty, const Values& losses) {
  if (has_loss || has_penalty || !losses.empty()) return;
  throw CompileError(
      "[compile] there is no loss to compute: give a loss to compile(), or layers with "
      "regularizers.");
}

double number(const Value& value) { return static_cast<double>(value.tensor().data<float>()[0]); }

/// What the step goes down: the loss times its weight, and the losses of layers.
Value total_of(const Value& loss, double weight, const Values& losses) {
  std::vector<const Value*> values;
  std::vector<float> weights(losses.size(), 1.0F);
  for (const Value& value : losses) values.push_back(&value);
  if (loss) {
    values.push_back(&loss);
    weights.push_back(static_cast<float>(weight));
  }
  const Arguments arguments{std::span<const Value* const>(values)};
  float sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) sum += weights[i] * arguments[i].data<float>()[0];
  Result result{Tensor::from(std::vector<float>{sum}, Shape{})};
  result.pullback = [weights](Slopes& slopes) {
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

void Trainer::State::require_compiled(std::string_view method) const {
  if (!options) invalid_argument(method, "you must call compile() before ", method, "().");
}

void Trainer::State::choose(const Batch& batch, const Tensor& y_pred) {
  const bool wants_y =
      !options->loss.empty() || !options->metrics.empty() || !options->weighted_metrics.empty();
  if (wants_y && !batch.y)
    invalid_argument("Trainer", "the loss or a metric needs y. Received: no y.");
  if (chosen) return;
  auto new_loss = options->loss.resolve(batch.y.shape(), y_pred.shape());
  metrics = CompiledMetrics(*options, batch.y.shape(), y_pred.shape());
  loss = std::move(new_loss);
  chosen = true;
}

void Trainer::State::update_metrics(const Batch& batch, const Value& y_pred, bool reset) {
  if (reset) reset_metrics();
  if (metrics.empty()) return;
  try {
    metrics.update(batch, y_pred.tensor(), y_pred.has_mask() ? y_pred.mask().tensor() : Tensor());
  } catch (...) {
    reset_metrics();  // no batch is half counted
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
  const Value y_pred = model.forward(batch.x, pass);
  choose(batch, y_pred.tensor());

  Value value;
  if (loss) value = loss->of_batch(batch.y, y_pred, batch.sample_weight);
  parallel::check_interrupt();
  const Penalty penalty = weight_penalty(variables);
  require_some_loss(loss != nullptr, penalty.any, pass.losses);
  parallel::check_interrupt();

  // Keras updates the metrics last; here they come before the weights, so that a metric that
  // refuses the batch leaves the weights alone. They see the same y_pred either way.
  optimizers::Optimizer& optimizer = *options->optimizer;
  Gradients gradients = std::exchange(kept_gradients, {});
  const Value total = total_of(value, options->loss_weights, pass.losses);
  if (!optimizer.built()) optimizer.build(variables);
  pass.tape->gradients(total, optimizer.loss_scale_factor(), gradients);
  parallel::check_interrupt();
  update_metrics(batch, y_pred, reset);
  tracker.update(number(total) + penalty.sum, batch.x.shape()[0]);
  try {
    if (logs_of_step != nullptr) *logs_of_step = logs();
    optimizer.apply(variables, gradients);  // last: what throws before has changed no weight
  } catch (...) {
    reset_metrics();  // no batch is half counted
    throw;
  }
  pass.commit();
  tape = std::move(pass.tape);
  gradients.clear();
  kept_gradients = std::move(gradients);
}

void Trainer::State::test(const Trainable& model, const Batch& batch, double penalty, bool reset) {
  const Call call(*this);
  Pass pass;
  const Value y_pred = model.forward(batch.x, pass);
  choose(batch, y_pred.tensor());
  double total = penalty;
  for (const Value& of_layer : pass.losses) total += number(of_layer);
  if (loss)
    total += options->loss_weights * number(loss->of_batch(batch.y, y_pred, batch.sample_weight));
  update_metrics(batch, y_pred, reset);
  tracker.update(total, batch.x.shape()[0]);
}

void Trainer::State::reset_metrics() {
  const Call call(*this);
  tracker.reset();
  metrics.reset();
}

Logs Trainer::State::logs() const {
  const Call call(*this);
  Logs logs;
  logs.append("loss", tracker.result());
  metrics.add_to(logs);
  return logs;
}

}  // namespace keratin::trainers
