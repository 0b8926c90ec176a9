// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/schedules/piecewise_constant_decay.h"

#include "keratin/base/error.h"
#include "keratin/base/fields.h"

namespace keratin::optimizers::schedules {
template <class F>
void fields(F& f, PiecewiseConstantDecayOptions& o) {
  f("boundaries", o.boundaries);
  f("values", o.values);
  f("name", o.name);
}

PiecewiseConstantDecay::PiecewiseConstantDecay(PiecewiseConstantDecayOptions options)
    : Configured(options) {
  const std::size_t n = options_.boundaries.size();
  if (n == 0 || n + 1 != options_.values.size()) {
    invalid_argument("PiecewiseConstantDecay",
                     "boundaries must have one or more entries, and values one more than that. "
                     "Received: ",
                     n, " boundaries and ", options_.values.size(), " values");
  }
}

float PiecewiseConstantDecay::operator()(std::int64_t step) const {
  // Keras: a sum over the ranges, which is why boundaries that do not increase are no error.
  const auto& bounds = options_.boundaries;
  const auto value = [&](std::size_t i) { return static_cast<float>(options_.values[i]); };
  float rate = step <= bounds.front() ? value(0) : 0.0f;
  if (step > bounds.back()) rate += value(bounds.size());
  for (std::size_t i = 1; i < bounds.size(); ++i) {
    if (step > bounds[i - 1] && step <= bounds[i]) rate += value(i);
  }
  return rate;
}

}  // namespace keratin::optimizers::schedules

namespace keratin {
template class Configured<optimizers::schedules::PiecewiseConstantDecay,
                          optimizers::schedules::PiecewiseConstantDecayOptions,
                          optimizers::schedules::LearningRateSchedule>;
}  // namespace keratin
