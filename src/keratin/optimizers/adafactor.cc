// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/adafactor.h"

#include <algorithm>
#include <cmath>

#include "keratin/base/error.h"
#include "keratin/ops/elementwise.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reductions.h"
#include "keratin/ops/shapes.h"
#include "keratin/optimizers/common_options.h"

namespace keratin::optimizers {
namespace {

/// Keras: both the row and the column have the name of the weight, so that no HDF5 file can hold
/// them.
std::string name_of(const Variable& variable, std::string_view part) {
  std::string path = variable.path();
  std::replace(path.begin(), path.end(), '/', '_');
  return str(path, "_", part);
}

/// The root of the mean square of all elements.
Value rms(const Value& x) { return ops::sqrt(ops::mean(ops::square(x))); }

/// The larger of a number of rank 0 and `bound`; NaN where it is.
Value at_least(double bound, const Value& x) {
  return ops::maximum(x, ops::number_beside(bound, x));
}

}  // namespace

template <class F>
void fields(F& f, AdafactorOptions& o) {
  common_fields(f, o);
  f("beta_2_decay", o.beta_2_decay);
  f("epsilon_1", o.epsilon_1);
  f("epsilon_2", o.epsilon_2);
  f("clip_threshold", o.clip_threshold);
  f("relative_step", o.relative_step);
}

Adafactor::Adafactor(Options options) : Configured(options, kName, common_options(options)) {}

void Adafactor::build_variables(std::span<Variable* const> variables) {
  rows_.clear();
  columns_.clear();
  velocities_.clear();
  for (const Variable* variable : variables) {
    Shape row, column;  // Keras: of a vector they are there too, numbers that say nothing
    if (const Shape& shape = variable->shape(); shape.rank() >= 2) {
      const std::span<const std::int64_t> dims(shape.begin(), shape.end());
      row = Shape(dims.first(dims.size() - 1));
      column = Shape(dims.first(dims.size() - 2));
      column.push_back(dims.back());
    }
    rows_.push_back(&add_variable(name_of(*variable, "row"), row));
    columns_.push_back(&add_variable(name_of(*variable, "column"), column));
    velocities_.push_back(&add_variable_like(*variable, "velocity"));
  }
}

void Adafactor::update_step(const Value& gradient, Variable& variable, float learning_rate,
                            Pass& step) {
  const std::size_t place = index_of(variable);
  const auto t = static_cast<float>(iterations() + 1);
  const double keep =
      static_cast<double>(1.0f - std::pow(t, static_cast<float>(options_.beta_2_decay)));
  const auto mean_of = [&](const Variable& past, const Value& now) {
    return keep * step.value(past) + (1 - keep) * now;
  };
  const Value squares = ops::square(gradient) + options_.epsilon_1;
  Value velocity;
  if (variable.shape().rank() >= 2) {
    const Value r = mean_of(*rows_[place], ops::mean(squares, {-1}));
    const Value c = mean_of(*columns_[place], ops::mean(squares, {-2}));
    velocity = ops::expand_dims(r / ops::mean(r, {-1}, true), {-1}) * ops::expand_dims(c, {-2});
    step.update(*rows_[place], r.tensor());
    step.update(*columns_[place], c.tensor());
  } else {
    velocity = mean_of(*velocities_[place], squares);
  }
  step.update(*velocities_[place], velocity.tensor());
  const Value w = step.value(variable);
  // Keras: 0 / 0 where the gradients of a whole row and a whole column were all 0, and so NaN.
  const Value update = ops::divide_no_nan(gradient, ops::sqrt(velocity));
  const float rate = std::min(learning_rate, 1.0f / std::sqrt(t));
  const Value size = at_least(options_.epsilon_2, rms(w)) * static_cast<double>(rate);
  const Value excess = at_least(1, rms(update) / options_.clip_threshold);
  step.update(variable, (w - size * (update / excess)).tensor());
}

}  // namespace keratin::optimizers

namespace keratin {
template class Configured<optimizers::Adafactor, optimizers::AdafactorOptions,
                          optimizers::Optimizer>;
}  // namespace keratin
