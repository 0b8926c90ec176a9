// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/schedules/cosine_decays.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "keratin/base/error.h"
#include "keratin/base/fields.h"
#include "keratin/optimizers/schedules/required.h"

namespace keratin::optimizers::schedules {
namespace {

constexpr float kPi = 3.14159265358979f;

}  // namespace

template <class F>
void fields(F& f, CosineDecayOptions& o) {
  f("initial_learning_rate", o.initial_learning_rate);
  f("decay_steps", o.decay_steps);
  f("alpha", o.alpha);
  f("name", o.name);
  f("warmup_target", o.warmup_target);
  f("warmup_steps", o.warmup_steps);
}

template <class F>
void fields(F& f, CosineDecayRestartsOptions& o) {
  f("initial_learning_rate", o.initial_learning_rate);
  f("first_decay_steps", o.first_decay_steps);
  f("t_mul", o.t_mul);
  f("m_mul", o.m_mul);
  f("alpha", o.alpha);
  f("name", o.name);
}

CosineDecay::CosineDecay(CosineDecayOptions options) : Configured(options) {
  require("CosineDecay", "initial_learning_rate", options_.initial_learning_rate);
  require_positive("CosineDecay", "decay_steps", options_.decay_steps);
}

float CosineDecay::operator()(std::int64_t step) const {
  const float initial = static_cast<float>(*options_.initial_learning_rate);
  const float steps = static_cast<float>(options_.decay_steps);
  const float warmup = options_.warmup_target ? static_cast<float>(options_.warmup_steps) : 0.0f;
  const float from =
      static_cast<float>(options_.warmup_target.value_or(*options_.initial_learning_rate));
  const float at = std::min(static_cast<float>(step), steps + warmup);
  if (at < warmup) return (from - initial) * (at / warmup) + initial;
  const float cosine = 0.5f * (1.0f + std::cos(kPi * ((at - warmup) / steps)));
  return from *
         (static_cast<float>(1 - options_.alpha) * cosine + static_cast<float>(options_.alpha));
}

CosineDecayRestarts::CosineDecayRestarts(CosineDecayRestartsOptions options) : Configured(options) {
  require("CosineDecayRestarts", "initial_learning_rate", options_.initial_learning_rate);
  require_positive("CosineDecayRestarts", "first_decay_steps", options_.first_decay_steps);
}

float CosineDecayRestarts::operator()(std::int64_t step) const {
  const float t_mul = static_cast<float>(options_.t_mul);
  const float alpha = static_cast<float>(options_.alpha);
  float done = static_cast<float>(step) / static_cast<float>(options_.first_decay_steps);
  float restarts;
  if (t_mul == 1) {
    restarts = std::floor(done);
    done -= restarts;
  } else {
    restarts = std::floor(std::log(1.0f - done * (1.0f - t_mul)) / std::log(t_mul));
    const float length = std::pow(t_mul, restarts);
    done = (done - (1.0f - length) / (1.0f - t_mul)) / length;
  }
  const float height = std::pow(static_cast<float>(options_.m_mul), restarts);
  const float cosine = 0.5f * height * (1.0f + std::cos(kPi * done));
  return static_cast<float>(*options_.initial_learning_rate) * ((1.0f - alpha) * cosine + alpha);
}

}  // namespace keratin::optimizers::schedules

namespace keratin {
template class Configured<optimizers::schedules::CosineDecay,
                          optimizers::schedules::CosineDecayOptions,
                          optimizers::schedules::LearningRateSchedule>;
template class Configured<optimizers::schedules::CosineDecayRestarts,
                          optimizers::schedules::CosineDecayRestartsOptions,
                          optimizers::schedules::LearningRateSchedule>;
}  // namespace keratin
