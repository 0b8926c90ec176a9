// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/modeling/rotary_embedding.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/layers/modeling/positions.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/joins.h"

namespace keratin::layers {
namespace {

const RotaryEmbeddingOptions& checked(const RotaryEmbeddingOptions& o) {
  const auto require = [](std::string_view what, double value) {
    if (!(value > 0 && std::isfinite(value)))
      invalid_argument("RotaryEmbedding", what, " must be positive. Received: ", value);
  };
  require("max_wavelength", o.max_wavelength);
  require("scaling_factor", o.scaling_factor);
  require("beta_fast", o.beta_fast);
  require("beta_slow", o.beta_slow);
  require("original_max_position_embeddings", o.original_max_position_embeddings);
  if (o.denominator_dim) require("denominator_dim", static_cast<double>(*o.denominator_dim));
  if (o.rope_type != "linear" && o.rope_type != "dynamic" && o.rope_type != "yarn") {
    invalid_argument("RotaryEmbedding",
                     "rope_type must be 'linear', 'dynamic' or 'yarn'. Received: '",
                     o.rope_type.substr(0, 200), "'");
  }
  if (o.rope_type == "yarn" && o.max_wavelength == 1)
    invalid_argument("RotaryEmbedding", "of 'yarn' max_wavelength must not be 1.");
  return o;
}

}  // namespace

template <class F>
void fields(F& f, RotaryEmbeddingOptions& o) {
  base_fields(f, o);
  f("max_wavelength", o.max_wavelength);
  f("scaling_factor", o.scaling_factor);
  f("rope_type", o.rope_type);
  f("beta_fast", o.beta_fast);
  f("beta_slow", o.beta_slow);
  f("original_max_position_embeddings", o.original_max_position_embeddings);
  f("truncate", o.truncate);
  f("sequence_axis", o.sequence_axis);
  f("feature_axis", o.feature_axis);
  f("denominator_dim", o.denominator_dim);
}

RotaryEmbedding::RotaryEmbedding(RotaryEmbeddingOptions options)
    : Configured(options, base_options(kName, checked(options))) {
  build_at_init();
}

RotaryEmbedding::Axes RotaryEmbedding::axes_of(const Shape& shape) const {
  const auto rank = static_cast<std::int64_t>(shape.rank());
  const auto axis = [&](std::string_view what, std::int64_t given) {
    const std::int64_t at = given < 0 ? given + rank : given;
    if (at < 0 || at >= rank) {
      invalid_argument("RotaryEmbedding", "layer '", name(), "': ", what, " ", given,
                       " is out of range for inputs of shape ", shape);
    }
    return static_cast<std::size_t>(at);
  };
  Axes axes{0, axis("sequence_axis", options_.sequence_axis),
            axis("feature_axis", options_.feature_axis)};
  if (axes.steps == axes.features) {
    invalid_argument("RotaryEmbedding", "layer '", name(),
                     "': sequence_axis and feature_axis must be different. Received: both are ",
                     axes.steps, " for inputs of shape ", shape);
  }
  if (rank < 3) {
    invalid_argument("RotaryEmbedding", "layer '", name(),
                     "' takes inputs of at least three dimensions. Received shape: ", shape);
  }
  while (axes.samples == axes.steps || axes.samples == axes.features) ++axes.samples;
  return axes;
}

Shape RotaryEmbedding::compute_output_shape(const Shape& input_shape) const {
  const std::int64_t width = input_shape[axes_of(input_shape).features];
  if (width != kNone && width % 2 != 0) {
    invalid_argument(
        "RotaryEmbedding", "layer '", name(),
        "' turns pairs: the number of features must be even. Received shape: ", input_shape);
  }
  return input_shape;
}

bool RotaryEmbedding::takes_keyword(std::string_view name) const {
  return is_of_positions(name) || Layer::takes_keyword(name);
}

double RotaryEmbedding::yarn(double frequency, std::int64_t pair, std::int64_t width) const {
  const auto d = static_cast<double>(width);
  const auto dimension = [&](double turns) {
    return d *
           std::log(options_.original_max_position_embeddings / (turns * 2 * std::numbers::pi)) /
           (2 * std::log(options_.max_wavelength));
  };
  double low = dimension(options_.beta_fast), high = dimension(options_.beta_slow);
  if (options_.truncate) low = std::floor(low), high = std::ceil(high);
  low = std::max(low, 0.0), high = std::min(high, d - 1);
  const double ramp =
      std::clamp((static_cast<double>(pair) - low) / std::max(high - low, 0.001), 0.0, 1.0);
  return frequency * (ramp / options_.scaling_factor + 1 - ramp);
}

std::vector<double> RotaryEmbedding::frequencies(std::int64_t width) const {
  std::vector<double> all;
  const auto d = static_cast<double>(width);
  for (std::int64_t i = 0; i < width / 2; ++i) {
    const bool is_yarn = options_.rope_type == "yarn";  // KerasHub: of the width whatever is given
    const double of = is_yarn ? d : static_cast<double>(options_.denominator_dim.value_or(width));
    double f = std::pow(options_.max_wavelength, -2 * static_cast<double>(i) / of);
    if (is_yarn) {
      f = yarn(f, i, width);
    } else if (options_.rope_type == "linear") {
      f /= options_.scaling_factor;
    } else {
      f /= std::pow(options_.scaling_factor, d / std::max(1.0, d - 2));
    }
    all.push_back(static_cast<double>(static_cast<float>(f)));  // Keras: float32
  }
  return all;
}

double RotaryEmbedding::length() const {
  return options_.rope_type == "yarn" ? 0.1 * std::log(options_.scaling_factor) + 1 : 1;
}

Values RotaryEmbedding::call(const Inputs& inputs, Pass&) const {
  const Value& x = inputs[0];
  const Shape& shape = x.shape();
  const Axes axes = axes_of(shape);
  const std::int64_t half = shape[axes.features] / 2;
  const Positions positions = positions_of(*this, inputs, shape[axes.samples], shape[axes.steps]);
  const std::vector<double> turn = frequencies(2 * half);
  const double factor = length();
  Shape of_angles = shape;
  for (std::size_t i = 0; i < shape.rank(); ++i) of_angles[i] = 1;
  of_angles[axes.samples] = positions.samples;
  of_angles[axes.steps] = positions.steps;
  of_angles[axes.features] = half;
  Tensor cosine = Tensor::zeros(of_angles), sine = Tensor::zeros(of_angles);
  const auto c = cosine.data<float>(), s = sine.data<float>();
  // Where an element is, by its sample, step and pair: other axes have one.
  std::int64_t strides[3] = {1, 1, 1};
  const std::size_t order[3] = {axes.samples, axes.steps, axes.features};
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t i = order[k] + 1; i < shape.rank(); ++i) strides[k] *= of_angles[i];
  }
  for (std::int64_t sample = 0; sample < positions.samples; ++sample) {
    for (std::int64_t step = 0; step < positions.steps; ++step) {
      const double at = positions.at[static_cast<std::size_t>(sample * positions.steps + step)];
      for (std::int64_t pair = 0; pair < half; ++pair) {
        const auto place =
            static_cast<std::size_t>(sample * strides[0] + step * strides[1] + pair * strides[2]);
        const double angle = at * turn[static_cast<std::size_t>(pair)];
        c[place] = static_cast<float>(std::cos(angle) * factor);
        s[place] = static_cast<float>(std::sin(angle) * factor);
      }
    }
  }
  const auto axis = static_cast<std::int64_t>(axes.features);
  const Values parts = ops::split(x, 2, axis);
  const Value first = ops::subtract(ops::multiply(parts[0], cosine), ops::multiply(parts[1], sine));
  const Value second = ops::add(ops::multiply(parts[1], cosine), ops::multiply(parts[0], sine));
  return ops::concatenate({first, second}, axis);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::RotaryEmbedding, layers::RotaryEmbeddingOptions,
                          layers::LayerOf<layers::RotaryEmbedding>>;
}  // namespace keratin
