// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/loss_scale_optimizer.h"

#include <algorithm>
#include <cmath>

#include "keratin/base/error.h"
#include "keratin/optimizers/common_options.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::optimizers {
namespace {

constexpr std::string_view kScales = LossScaleOptimizer::kName;

std::vector<std::shared_ptr<Optimizer>> checked_inner(const LossScaleOptimizerOptions& o) {
  if (!o.inner_optimizer)
    invalid_argument(kScales, "inner_optimizer must be an optimizer. Received: None");
  if (o.inner_optimizer.shared()->class_name() == kScales)
    invalid_argument(kScales, "gradients are scaled once: inner_optimizer cannot be another.");
  if (o.dynamic_growth_steps < 1) {
    invalid_argument(kScales,
                     "dynamic_growth_steps must be 1 or more. Received: ", o.dynamic_growth_steps);
  }
  if (!(static_cast<float>(o.initial_scale) > 0))
    invalid_argument(kScales, "initial_scale must be above 0. Received: ", o.initial_scale);
  return {o.inner_optimizer.shared()};
}

bool is_finite(const Tensor& tensor) {
  return !tensor ||
         std::ranges::all_of(tensor.data<float>(), [](float x) { return std::isfinite(x); });
}

}  // namespace

template <class F>
void fields(F& f, LossScaleOptimizerOptions& o) {
  f("name", o.name);
  f("inner_optimizer", o.inner_optimizer);
  f("initial_scale", o.initial_scale);
  f("dynamic_growth_steps", o.dynamic_growth_steps);
  // Keras: what older files have, of which nothing may be set.
  for (const std::string_view key :
       {"learning_rate", "weight_decay", "clipnorm", "global_clipnorm", "clipvalue",
        "ema_overwrite_frequency", "loss_scale_factor", "gradient_accumulation_steps"})
    f.ignore_null(key);
}

LossScaleOptimizer::LossScaleOptimizer(const Options& options)
    : Configured(options, kName, OptimizerOptions{.learning_rate = 0.0, .name = options.name},
                 checked_inner(options)),
      scale_(static_cast<float>(options.initial_scale)) {
  inner_optimizer()->set_loss_scale_factor(std::nullopt);
}

void LossScaleOptimizer::apply(std::span<Variable* const> variables, const Gradients& gradients) {
  if (variables.empty()) return;
  build(variables);
  for (const Variable* variable : variables) {
    const Gradients::Entry* const found = gradients.find(*variable);
    if (found == nullptr || (is_finite(found->dense) && is_finite(found->rows.values))) continue;
    counter_ = 0;
    scale_ *= 0.5f;
    return;
  }
  {
    struct Scaled {
      Optimizer& inner;
      ~Scaled() { inner.set_loss_scale_factor(std::nullopt); }
    } const scaled{*inner_optimizer()};
    inner_optimizer()->set_loss_scale_factor(static_cast<double>(scale_));
    inner_optimizer()->apply(variables, gradients);
  }
  if (counter_ == options_.dynamic_growth_steps - 1) {
    counter_ = 0;
    scale_ *= 2.0f;
  } else {
    ++counter_;
  }
}

std::vector<std::string> LossScaleOptimizer::own_names() const {
  return {"step_counter", "dynamic_scale"};
}

std::vector<Tensor> LossScaleOptimizer::own_state() const {
  return {Tensor::from(std::vector<std::int64_t>{counter_}, Shape{}),
          Tensor::from(std::vector<float>{scale_}, Shape{})};
}

void LossScaleOptimizer::set_own_state(std::span<const Tensor> state) {
  const Tensor counter = cast(state[0], DType::kInt64), scale = cast(state[1], DType::kFloat32);
  counter_ = counter.data<std::int64_t>()[0];  // const: it may be a view of memory to be read alone
  scale_ = scale.data<float>()[0];
}

}  // namespace keratin::optimizers

namespace keratin {
template class Configured<optimizers::LossScaleOptimizer, optimizers::LossScaleOptimizerOptions,
                          optimizers::SharedOut>;
}  // namespace keratin
