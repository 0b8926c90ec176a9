// SPDX-License-Identifier: Apache-2.0
#include "keratin/initializers/variance_scaling.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "keratin/base/distributions.h"
#include "keratin/base/error.h"
#include "keratin/base/seed.h"
#include "keratin/initializers/initializer_fields.h"

namespace keratin::initializers {
namespace {

VarianceScalingOptions preset(double scale, std::string mode, std::string distribution,
                              const FanOptions& o) {
  return {scale, std::move(mode), std::move(distribution), o.seed, o.input_axes, o.output_axes};
}

/// Checks the options as Keras does and brings `distribution` to the form that get_config shows.
VarianceScalingOptions checked(std::string_view who, VarianceScalingOptions o) {
  if (!(o.scale > 0)) {  // Keras lets NaN pass
    invalid_argument(who, "argument `scale` must be positive float. Received: scale=", o.scale);
  }
  if (o.mode != "fan_in" && o.mode != "fan_out" && o.mode != "fan_avg") {
    invalid_argument(who, "invalid `mode` argument: ", o.mode,
                     ". Please use one of 'fan_in', 'fan_out', 'fan_avg'.");
  }
  for (char& c : o.distribution) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (o.distribution == "normal") o.distribution = "truncated_normal";
  if (o.distribution != "uniform" && o.distribution != "truncated_normal" &&
      o.distribution != "untruncated_normal") {
    invalid_argument(who, "invalid `distribution` argument: ", o.distribution,
                     ". Please use one of 'uniform', 'truncated_normal', 'untruncated_normal'.");
  }
  return o;
}

/// The product of the named dimensions; double holds what Python's integers would, to its
/// precision.
double product(const Shape& shape, const std::vector<std::int64_t>& axes) {
  double result = 1;
  for (const std::int64_t axis : axes) result *= static_cast<double>(shape.dim(axis));
  return result;
}

struct Fans {
  double in;
  double out;
};

Fans compute_fans(const Shape& shape, const VarianceScalingOptions& o) {
  if (o.input_axes && o.output_axes)
    return {product(shape, *o.input_axes), product(shape, *o.output_axes)};
  if (shape.rank() == 0) return {1, 1};
  const double last = static_cast<double>(shape.back());
  if (shape.rank() == 1) return {last, last};
  double receptive_field = 1;
  for (std::size_t i = 0; i + 2 < shape.rank(); ++i)
    receptive_field *= static_cast<double>(shape[i]);
  return {static_cast<double>(shape.dim(-2)) * receptive_field, last * receptive_field};
}

}  // namespace

template <class F>
void fields(F& f, VarianceScalingOptions& o) {
  seed_field(f, o.seed);
  f("scale", o.scale);
  f("mode", o.mode);
  f("distribution", o.distribution);
  f("input_axes", o.input_axes);
  f("output_axes", o.output_axes);
  f.ignore("dtype");  // Keras 2
}

template <class F>
void fields(F& f, FanOptions& o) {
  seed_field(f, o.seed);
  f("input_axes", o.input_axes);
  f("output_axes", o.output_axes);
  f.ignore("dtype");  // Keras 2
}

FanScaled::FanScaled(std::string_view who, VarianceScalingOptions options)
    : options_(checked(who, std::move(options))), seed_(random::seed_or_default(options_.seed)) {}

void FanScaled::fill(const Shape& shape, std::int64_t first, std::span<float> out) const {
  constexpr double kStddevAfterCut =
      0.87962566103423978;  // of the normal cut at two standard deviations
  const Fans fans = compute_fans(shape, options_);
  const double fan = options_.mode == "fan_in"    ? fans.in
                     : options_.mode == "fan_out" ? fans.out
                                                  : (fans.in + fans.out) / 2;
  const double variance = options_.scale / std::max(1.0, fan);
  const random::Key key = random::key_from_seed(seed_);
  const auto at = static_cast<std::uint64_t>(first);
  if (options_.distribution == "uniform") {
    const auto limit = static_cast<float>(std::sqrt(3.0 * variance));
    random::fill_uniform(key, at, -limit, limit, out);
  } else if (options_.distribution == "truncated_normal") {
    random::fill_truncated_normal(key, at, 0.0f,
                                  static_cast<float>(std::sqrt(variance) / kStddevAfterCut), out);
  } else {
    random::fill_normal(key, at, 0.0f, static_cast<float>(std::sqrt(variance)), out);
  }
}

Tensor FanScaled::drawn_along(const Shape& shape, const std::vector<std::int64_t>& input_axes,
                              const std::vector<std::int64_t>& output_axes) const {
  VarianceScalingOptions along = options_;
  along.seed = seed_;
  if (!along.input_axes || !along.output_axes) {
    along.input_axes = input_axes;
    along.output_axes = output_axes;
  }
  return VarianceScaling(along)(shape);
}

VarianceScaling::VarianceScaling(VarianceScalingOptions options)
    : Configured(options, kName, options) {
  options_ = FanScaled::options();  // as checked() writes them
}

GlorotUniform::GlorotUniform(GlorotUniformOptions options)
    : Configured(options, kName, preset(1.0, "fan_avg", "uniform", options)) {}

GlorotNormal::GlorotNormal(GlorotNormalOptions options)
    : Configured(options, kName, preset(1.0, "fan_avg", "truncated_normal", options)) {}

LecunNormal::LecunNormal(LecunNormalOptions options)
    : Configured(options, kName, preset(1.0, "fan_in", "truncated_normal", options)) {}

LecunUniform::LecunUniform(LecunUniformOptions options)
    : Configured(options, kName, preset(1.0, "fan_in", "uniform", options)) {}

HeNormal::HeNormal(HeNormalOptions options)
    : Configured(options, kName, preset(2.0, "fan_in", "truncated_normal", options)) {}

HeUniform::HeUniform(HeUniformOptions options)
    : Configured(options, kName, preset(2.0, "fan_in", "uniform", options)) {}

}  // namespace keratin::initializers

namespace keratin {
template class Configured<initializers::VarianceScaling, initializers::VarianceScalingOptions,
                          initializers::FanScaled>;
template class Configured<initializers::GlorotUniform, initializers::GlorotUniformOptions,
                          initializers::FanScaled>;
template class Configured<initializers::GlorotNormal, initializers::GlorotNormalOptions,
                          initializers::FanScaled>;
template class Configured<initializers::LecunNormal, initializers::LecunNormalOptions,
                          initializers::FanScaled>;
template class Configured<initializers::LecunUniform, initializers::LecunUniformOptions,
                          initializers::FanScaled>;
template class Configured<initializers::HeNormal, initializers::HeNormalOptions,
                          initializers::FanScaled>;
template class Configured<initializers::HeUniform, initializers::HeUniformOptions,
                          initializers::FanScaled>;
}  // namespace keratin
