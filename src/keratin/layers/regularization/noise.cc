// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/regularization/noise.h"

#include <cmath>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/layers/regularization/noise_shape.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/random/random.h"

namespace keratin::layers {
namespace {

void refuse_all(std::string_view who, double rate) {
  if (rate == 1) invalid_argument(who, "a rate of 1 leaves nothing to train on.");
}

}  // namespace

template <class F>
void fields(F& f, GaussianNoiseOptions& o) {
  base_fields(f, o);
  f("stddev", o.stddev);
  f("seed", o.seed);
}
template <class F>
void fields(F& f, GaussianDropoutOptions& o) {
  base_fields(f, o);
  f("rate", o.rate);
  f("seed", o.seed);
}
template <class F>
void fields(F& f, AlphaDropoutOptions& o) {
  base_fields(f, o);
  f("rate", o.rate);
  f("seed", o.seed);
  noise_shape_field(f, o.noise_shape);
}

GaussianNoise::GaussianNoise(GaussianNoiseOptions options)
    : Configured(options, base_options(kName, options), options.stddev, options.seed, "stddev") {}

Values GaussianNoise::call(const Inputs& inputs, Pass& pass) const {
  if (!pass.training || options_.stddev == 0) return inputs[0];
  random::SeedGenerator generator = next_generator(pass);
  return ops::add(
      inputs[0], random::normal(inputs[0].shape(), {.stddev = options_.stddev, .seed = generator}));
}

GaussianDropout::GaussianDropout(GaussianDropoutOptions options)
    : Configured(options, base_options(kName, options), options.rate, options.seed) {}

Values GaussianDropout::call(const Inputs& inputs, Pass& pass) const {
  const double rate = options_.rate;
  if (!pass.training || rate == 0) return inputs[0];
  refuse_all(kName, rate);
  random::SeedGenerator generator = next_generator(pass);
  return ops::multiply(
      inputs[0],
      random::normal(inputs[0].shape(),
                     {.mean = 1, .stddev = std::sqrt(rate / (1 - rate)), .seed = generator}));
}

AlphaDropout::AlphaDropout(AlphaDropoutOptions options)
    : Configured(options, base_options(kName, options), options.rate, options.seed) {
  check_noise_shape(kName, options_.noise_shape);
}

AlphaDropoutOptions AlphaDropout::options_from(const Config& config) {
  check_noise_shape(kName, config);
  return Configured::options_from(config);
}

Shape AlphaDropout::compute_output_shape(const Shape& input_shape) const {
  check_noise_fits(*this, options_.noise_shape, input_shape);
  return input_shape;
}

Values AlphaDropout::call(const Inputs& inputs, Pass& pass) const {
  const double rate = options_.rate;
  if (!pass.training || rate == 0) return inputs[0];
  refuse_all(kName, rate);
  // Klambauer et al., arXiv:1706.02515: what is dropped is -alpha scale, and then a x + b.
  const double dropped = -1.6732632423543772848 * 1.0507009873554804934;
  const double a = 1 / std::sqrt((1 - rate) * (1 + rate * dropped * dropped));
  const double b = -a * dropped * rate;
  random::SeedGenerator generator = next_generator(pass);
  Tensor factors =
      random::uniform(noise_on(options_.noise_shape, inputs[0].shape()), {.seed = generator});
  Tensor terms = Tensor::zeros(factors.shape());
  const auto factor = factors.data<float>();
  const auto term = terms.data<float>();
  for (std::size_t i = 0; i < factor.size(); ++i) {
    const bool is_kept = factor[i] >= static_cast<float>(rate);
    factor[i] = is_kept ? static_cast<float>(a) : 0.0F;
    term[i] = static_cast<float>(is_kept ? b : a * dropped + b);
  }
  return ops::add(ops::multiply(inputs[0], factors), terms);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::GaussianNoise, layers::GaussianNoiseOptions,
                          layers::LayerOf<layers::GaussianNoise, layers::BaseDropout>>;
template class Configured<layers::GaussianDropout, layers::GaussianDropoutOptions,
                          layers::LayerOf<layers::GaussianDropout, layers::BaseDropout>>;
template class Configured<layers::AlphaDropout, layers::AlphaDropoutOptions,
                          layers::LayerOf<layers::AlphaDropout, layers::BaseDropout>>;
}  // namespace keratin
