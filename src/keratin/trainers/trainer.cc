// SPDX-License-Identifier: Apache-2.0
#include "keratin/trainers/trainer.h"

#include <stdexcept>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/regularizers/regularizer.h"
#include "keratin/tensor/tensor_access.h"
#include "keratin/trainers/class_weight.h"
#include "keratin/trainers/training_state.h"

namespace keratin::trainers {

Trainer::Trainer() : state_(std::make_unique<State>()) {}
Trainer::~Trainer() = default;
Trainer::Trainer(Trainer&&) noexcept = default;
Trainer& Trainer::operator=(Trainer&&) noexcept = default;

void Trainer::require_idle(std::string_view method) const {
  if (state_->calls == 0) return;
  throw std::logic_error(str("[", method, "] a layer, loss or metric called ", method,
                             " of the model whose step it is part of. There it may only predict."));
}

void Trainer::compile(CompileOptions options) {
  require_idle("compile");
  if (!options.optimizer)
    invalid_argument("compile", "optimizer must be a name or an object. Received: None");
  State fresh;
  fresh.outputs = choices_of(options, output_names());
  fresh.joint_losses = options.joint_losses;
  fresh.optimizer = options.optimizer.shared();
  fresh.given = std::move(options);
  fresh.loop = state_->loop;
  *state_ = std::move(fresh);
  stop_training = false;
}

void Trainer::compile(Identifier<optimizers::Optimizer> optimizer, LossChoices loss,
                      MetricChoices metrics) {
  compile(
      {.optimizer = std::move(optimizer), .loss = std::move(loss), .metrics = std::move(metrics)});
}

bool Trainer::compiled() const { return state_->optimizer != nullptr; }

Config Trainer::get_compile_config() const {
  return state_->given ? to_config(*state_->given) : Config();
}

namespace {

Batch checked_batch(std::string_view who, const Tensors& x, const Tensors& y,
                    const BatchOptions& options, const Places& places) {
  Arrays arrays = places(who, checked_arrays(who, {x, y, options.sample_weight}));
  weigh_classes(who, arrays, options.class_weight);
  const auto own = [](const Tensor& tensor) { return snapshot(tensor); };
  return {arrays.x.each(own), arrays.y.each(own), arrays.sample_weight.each(own)};
}

}  // namespace

Logs Trainer::train_on_batch(const Tensors& x, const Tensors& y, const BatchOptions& options) {
  require_idle("train_on_batch");
  state_->require_compiled("train_on_batch");
  const Batch batch = checked_batch("train_on_batch", x, y, options, state_->places(*this));
  build_for(batch.x);
  Logs logs;
  state_->train_step(*this, batch, true, &logs);
  return logs;
}

Logs Trainer::test_on_batch(const Tensors& x, const Tensors& y, const BatchOptions& options) {
  require_idle("test_on_batch");
  state_->require_compiled("test_on_batch");
  const Batch batch = checked_batch("test_on_batch", x, y, options, state_->places(*this));
  build_for(batch.x);
  state_->test_step(*this, batch, weight_penalty(trainable_variables()).sum, true);
  return state_->logs();
}

optimizers::Optimizer& Trainer::optimizer() const {
  if (!compiled()) invalid_argument("Trainer", "there is no optimizer before compile().");
  return *state_->optimizer;
}

std::vector<std::string> Trainer::metrics_names() const {
  std::vector<std::string> names = loss_names(state_->outputs, state_->joint_losses.get());
  for (std::string& name : metric_names(state_->outputs)) names.push_back(std::move(name));
  return names;
}

const metrics::Metric* Trainer::find_metric(std::string_view name) const {
  return state_->metrics.find(name);
}

void Trainer::reset_metrics() {
  require_idle("reset_metrics");
  state_->reset_metrics(*this);
}

Value Trainer::compute_loss(const Tensors& y, const Values& y_pred, const Tensors& sample_weight,
                            Pass& pass) {
  state_->require_compiled("compute_loss");
  return state_->compute_loss(*this, {.x = {}, .y = y, .sample_weight = sample_weight}, y_pred,
                              pass);
}

Logs Trainer::compute_metrics(const Tensors& y, const Values& y_pred,
                              const Tensors& sample_weight) {
  state_->require_compiled("compute_metrics");
  state_->take_metrics({.x = {}, .y = y, .sample_weight = sample_weight}, y_pred);
  return state_->metric_logs();
}

std::vector<float> Trainer::losses() const {
  std::vector<float> penalties;
  for (const Variable* variable : trainable_variables()) {
    if (variable->regularizer) penalties.push_back((*variable->regularizer)(variable->value()));
  }
  return penalties;
}

std::vector<Tensor> Trainer::get_weights() const {
  std::vector<Tensor> weights;
  for (const Variable* variable : variables()) weights.push_back(copy_of(variable->value()));
  return weights;
}

void Trainer::set_weights(const std::vector<Tensor>& weights) {
  require_idle("set_weights");
  const std::vector<Variable*> targets = variables();
  if (weights.size() != targets.size()) {
    invalid_argument("set_weights", "the model has ", targets.size(),
                     " weights. Received: ", weights.size());
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!weights[i] || weights[i].shape() != targets[i]->shape()) {
      invalid_argument("set_weights", "weight ", i, ", ", targets[i]->path(), ", has shape ",
                       targets[i]->shape(), ". Received: ", weights[i].shape());
    }
  }
  // Casting first: an allocation that fails assigns nothing.
  std::vector<Tensor> values;
  for (const Tensor& weight : weights) values.push_back(cast(weight, DType::kFloat32));
  for (std::size_t i = 0; i < values.size(); ++i) targets[i]->assign(values[i]);
}

}  // namespace keratin::trainers
