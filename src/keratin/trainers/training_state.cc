// SPDX-License-Identifier: Apache-2.0
#include "keratin/trainers/training_state.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/parallel/parallel.h"
#include "keratin/regularizers/regularizer.h"

namespace keratin::trainers {
namespace {

/// Gradients live for one step, however it ends.
class GradientScope {
 public:
  explicit GradientScope(const std::vector<Variable*>& variables) : variables_(variables) {}
  ~GradientScope() {
    for (Variable* variable : variables_) variable->clear_gradient();
  }
  GradientScope(const GradientScope&) = delete;
  GradientScope& operator=(const GradientScope&) = delete;

 private:
  const std::vector<Variable*>& variables_;
};

void require_some_loss(bool has_loss, bool has_penalty, const Pass& pass) {
  if (has_loss || has_penalty || pass.activity_penalty != 0) return;
  throw CompileError(
      "[compile] there is no loss to compute: give a loss to compile(), or layers with "
      "regularizers.");
}

void scale(Tensor& values, double factor) {
  if (factor == 1) return;
  for (float& value : values.data<float>()) value *= static_cast<float>(factor);
}

/// For optimizers with a loss scale: the gradients of the loss times `factor`.
void scale_gradients(const std::vector<Variable*>& variables, float factor) {
  if (factor == 1) return;
  for (const Variable* variable : variables) {
    if (!variable->has_gradient()) continue;
    // A handle of its own: the step's gradients are the trainer's to change.
    Tensor gradient =
        variable->has_row_gradient() ? variable->row_gradient().values : variable->gradient();
    for (float& value : gradient.data<float>()) value *= factor;
  }
}

double sum_of(const Tensor& values) {
  double sum = 0;
  for (const float value : values.data<float>()) sum += static_cast<double>(value);
  return sum;
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

void Trainer::State::update_metrics(const Batch& batch, const Pass& pass, bool reset) {
  if (reset) reset_metrics();
  if (metrics.empty()) return;
  try {
    metrics.update(batch, pass.output, pass.mask);
  } catch (...) {
    reset_metrics();  // no batch is half counted
    throw;
  }
}

void Trainer::State::train(Trainable& model, const Batch& batch, bool reset, Logs* logs_of_step) {
  const Call call(*this);
  const std::vector<Variable*> variables = model.trainable_variables();
  const GradientScope scope(variables);
  const std::unique_ptr<Pass> pass = model.forward(batch.x, true, step);
  choose(batch, pass->output);

  losses::Loss::Value value;
  if (loss) {
    value = loss->value_and_gradient(batch.y, pass->output, batch.sample_weight, pass->mask);
    value.loss *= static_cast<float>(options->loss_weights);
    scale(value.gradient, options->loss_weights);
  } else {
    value.gradient = Tensor::zeros(pass->output.shape());
  }
  parallel::check_interrupt();
  const Penalty penalty = weight_penalty(variables);
  require_some_loss(loss != nullptr, penalty.any, *pass);
  parallel::check_interrupt();
  model.backward(value.gradient, *pass);
  parallel::check_interrupt();

  // Keras updates the metrics last; here they come before the weights, so that a metric that
  // refuses the batch leaves the weights alone. They see the same y_pred either way.
  optimizers::Optimizer& optimizer = *options->optimizer;
  if (!optimizer.built()) optimizer.build(variables);
  scale_gradients(variables, optimizer.loss_scale_factor());
  update_metrics(batch, *pass, reset);
  tracker.update(
      static_cast<double>(value.loss) + static_cast<double>(pass->activity_penalty) + penalty.sum,
      batch.x.shape()[0]);
  try {
    if (logs_of_step != nullptr) *logs_of_step = logs();
    optimizer.apply(variables);  // last: what throws before has changed no weight
  } catch (...) {
    reset_metrics();  // no batch is half counted
    throw;
  }
  model.took_step(step++);
}

void Trainer::State::test(const Trainable& model, const Batch& batch, double penalty, bool reset) {
  const Call call(*this);
  const std::unique_ptr<Pass> pass = model.forward(batch.x, false, 0);
  choose(batch, pass->output);
  double total = static_cast<double>(pass->activity_penalty) + penalty;
  if (loss) {
    total += options->loss_weights *
             sum_of((*loss)(batch.y, pass->output, batch.sample_weight, pass->mask));
  }
  update_metrics(batch, *pass, reset);
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
