// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/schedules/decays.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "keratin/base/error.h"
#include "keratin/base/fields.h"
#include "keratin/optimizers/schedules/required.h"

namespace keratin::optimizers::schedules {
template <class F>
void fields(F& f, ExponentialDecayOptions& o) {
  f("initial_learning_rate", o.initial_learning_rate);
  f("decay_steps", o.decay_steps);
  f("decay_rate", o.decay_rate);
  f("staircase", o.staircase);
  f("name", o.name);
}

template <class F>
void fields(F& f, PolynomialDecayOptions& o) {
  f("initial_learning_rate", o.initial_learning_rate);
  f("decay_steps", o.decay_steps);
  f("end_learning_rate", o.end_learning_rate);
  f("power", o.power);
  f("cycle", o.cycle);
  f("name", o.name);
}

template <class F>
void fields(F& f, InverseTimeDecayOptions& o) {
  f("initial_learning_rate", o.initial_learning_rate);
  f("decay_steps", o.decay_steps);
  f("decay_rate", o.decay_rate);
  f("staircase", o.staircase);
  f("name", o.name);
}

ExponentialDecay::ExponentialDecay(ExponentialDecayOptions options) : Configured(options) {
  require("ExponentialDecay", "initial_learning_rate", options_.initial_learning_rate);
  require("ExponentialDecay", "decay_rate", options_.decay_rate);
  require_positive("ExponentialDecay", "decay_steps", options_.decay_steps);
}

float ExponentialDecay::operator()(std::int64_t step) const {
  float p = static_cast<float>(step) / static_cast<float>(options_.decay_steps);
  if (options_.staircase) p = std::floor(p);
  return static_cast<float>(*options_.initial_learning_rate) *
         std::pow(static_cast<float>(*options_.decay_rate), p);
}

PolynomialDecay::PolynomialDecay(PolynomialDecayOptions options) : Configured(options) {
  require("PolynomialDecay", "initial_learning_rate", options_.initial_learning_rate);
  require_positive("PolynomialDecay", "decay_steps", options_.decay_steps);
}

float PolynomialDecay::operator()(std::int64_t step) const {
  float at = static_cast<float>(step);
  float steps = static_cast<float>(options_.decay_steps);
  if (options_.cycle) {
    steps *= at == 0 ? 1.0f : std::ceil(at / steps);
  } else {
    at = std::min(at, steps);
  }
  const float end = static_cast<float>(options_.end_learning_rate);
  return (static_cast<float>(*options_.initial_learning_rate) - end) *
             std::pow(1.0f - at / steps, static_cast<float>(options_.power)) +
         end;
}

InverseTimeDecay::InverseTimeDecay(InverseTimeDecayOptions options) : Configured(options) {
  require("InverseTimeDecay", "initial_learning_rate", options_.initial_learning_rate);
  require("InverseTimeDecay", "decay_rate", options_.decay_rate);
  require_positive("InverseTimeDecay", "decay_steps", options_.decay_steps);
}

float InverseTimeDecay::operator()(std::int64_t step) const {
  float p = static_cast<float>(step) / static_cast<float>(options_.decay_steps);
  if (options_.staircase) p = std::floor(p);
  return static_cast<float>(*options_.initial_learning_rate) /
         (1.0f + static_cast<float>(*options_.decay_rate) * p);
}

}  // namespace keratin::optimizers::schedules

namespace keratin {
template class Configured<optimizers::schedules::ExponentialDecay,
                          optimizers::schedules::ExponentialDecayOptions,
                          optimizers::schedules::LearningRateSchedule>;
template class Configured<optimizers::schedules::PolynomialDecay,
                          optimizers::schedules::PolynomialDecayOptions,
                          optimizers::schedules::LearningRateSchedule>;
template class Configured<optimizers::schedules::InverseTimeDecay,
                          optimizers::schedules::InverseTimeDecayOptions,
                          optimizers::schedules::LearningRateSchedule>;
}  // namespace keratin
