// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/schedule_free_adamw.h"

#include <algorithm>

#include "keratin/ops/elementwise.h"
#include "keratin/ops/operators.h"
#include "keratin/optimizers/common_options.h"
#include "keratin/optimizers/rule.h"

namespace keratin::optimizers {
namespace {

/// As Keras has the betas: 1 - beta_2 is in v and in its bias, and cancels if it is one number.
double in_float32(double x) { return static_cast<double>(static_cast<float>(x)); }

}  // namespace

template <class F>
void fields(F& f, ScheduleFreeAdamWOptions& o) {
  common_fields(f, o);
  f("beta_1", o.beta_1);
  f("beta_2", o.beta_2);
  f("epsilon", o.epsilon);
  f("warmup_steps", o.warmup_steps);
}

ScheduleFreeAdamW::ScheduleFreeAdamW(Options options)
    : Configured(options, kName, common_options(options)) {}

void ScheduleFreeAdamW::build_variables(std::span<Variable* const> variables) {
  momentums_.clear();
  velocities_.clear();
  for (const Variable* variable : variables) {
    momentums_.push_back(&add_variable_like(*variable, "momentum"));
    momentums_.back()->assign(variable->value());
    velocities_.push_back(&add_variable_like(*variable, "velocity"));
  }
}

void ScheduleFreeAdamW::update_step(const Value& gradient, Variable& variable, float learning_rate,
                                    Pass& step) {
  const std::size_t place = index_of(variable);
  const std::int64_t t = iterations() + 1;
  const double beta_1 = in_float32(options_.beta_1), beta_2 = in_float32(options_.beta_2);
  const double steps = static_cast<double>(t);
  double rate = static_cast<double>(learning_rate);
  if (options_.warmup_steps > 0)
    rate *= std::min(steps / static_cast<double>(options_.warmup_steps), 1.0);
  Value z = step.value(*momentums_[place]);
  Value v = step.value(*velocities_[place]);
  Value x = (step.value(variable) - (1 - beta_1) * z) / beta_1;
  v = v + (ops::square(gradient) - v) * (1 - beta_2);
  const float bias = 1.0f - power(static_cast<float>(beta_2), t);
  z = z - rate * gradient / (ops::sqrt(v / static_cast<double>(bias)) + options_.epsilon);
  x = (1 - 1 / steps) * x + 1 / steps * z;
  step.update(*velocities_[place], v.tensor());
  step.update(*momentums_[place], z.tensor());
  step.update(variable, ((1 - beta_1) * z + beta_1 * x).tensor());
}

}  // namespace keratin::optimizers

namespace keratin {
template class Configured<optimizers::ScheduleFreeAdamW, optimizers::ScheduleFreeAdamWOptions,
                          optimizers::Optimizer>;
}  // namespace keratin
