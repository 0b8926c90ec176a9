// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/lamb.h"

#include <cmath>

#include "keratin/ops/elementwise.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reductions.h"
#include "keratin/optimizers/common_options.h"
#include "keratin/optimizers/rule.h"

namespace keratin::optimizers {
namespace {

double norm_of_all(const Value& x) {
  return static_cast<double>(std::sqrt(ops::sum(ops::square(x)).tensor().data<float>()[0]));
}

}  // namespace

template <class F>
void fields(F& f, LambOptions& o) {
  common_fields(f, o);
  f("beta_1", o.beta_1);
  f("beta_2", o.beta_2);
  f("epsilon", o.epsilon);
}

Lamb::Lamb(Options options) : Configured(options, kName, common_options(options)) {}

void Lamb::build_variables(std::span<Variable* const> variables) {
  momentums_.clear();
  velocities_.clear();
  for (const Variable* variable : variables) {
    momentums_.push_back(&add_variable_like(*variable, "momentum"));
    velocities_.push_back(&add_variable_like(*variable, "velocity"));
  }
}

void Lamb::update_step(const Value& gradient, Variable& variable, float learning_rate, Pass& step) {
  const std::size_t place = index_of(variable);
  const std::int64_t t = iterations() + 1;
  const float bias_1 = 1.0f - power(static_cast<float>(options_.beta_1), t);
  const float bias_2 = 1.0f - power(static_cast<float>(options_.beta_2), t);
  const Value w = step.value(variable);
  Value m = step.value(*momentums_[place]);
  Value v = step.value(*velocities_[place]);
  m = m + (gradient - m) * (1 - options_.beta_1);
  v = v + (ops::square(gradient) - v) * (1 - options_.beta_2);
  const Value update = m / bias_1 / (ops::sqrt(v / bias_2) + options_.epsilon);
  const double size = norm_of_all(w), length = norm_of_all(update);
  const double ratio = size > 0 && length > 0 ? size / length : 1;
  step.update(*momentums_[place], m.tensor());
  step.update(*velocities_[place], v.tensor());
  step.update(variable, (w - ratio * static_cast<double>(learning_rate) * update).tensor());
}

}  // namespace keratin::optimizers

namespace keratin {
template class Configured<optimizers::Lamb, optimizers::LambOptions, optimizers::Optimizer>;
}  // namespace keratin
