// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/regularization/dropout.h"

#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/base/seed.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/nn/dropout.h"

namespace keratin::layers {
namespace {

void check_rate(std::string_view who, double rate) {
  if (!(rate >= 0 && rate <= 1))
    invalid_argument(who, "rate must be between 0 and 1. Received: ", rate);
}

/// Keras's SpatialDropout1D takes no such argument, and refuses configs that name it.
void trainable_field(FieldWriter&, bool) {}
void trainable_field(FieldReader& reader, bool& trainable) { reader("trainable", trainable); }

}  // namespace

template <class F>
void fields(F& f, DropoutOptions& o) {
  common_fields(f, o);
  f("rate", o.rate);
  f("seed", o.seed);
  std::optional<Shape> noise_shape;  // Keras writes None where there is none
  if (o.noise_shape.rank() != 0) noise_shape = o.noise_shape;
  f("noise_shape", noise_shape);
  o.noise_shape = noise_shape.value_or(Shape());
}

template <class F>
void fields(F& f, SpatialDropout1DOptions& o) {
  f("name", o.name);
  trainable_field(f, o.trainable);
  dtype_field(f);
  f("rate", o.rate);
  f("seed", o.seed);
  f.ignore_null("noise_shape");
}

BaseDropout::BaseDropout(const LayerOptions& options, double rate,
                         const std::optional<std::int64_t>& seed)
    : Layer(options), rate_(rate), seed_(random::seed_or_default(seed)) {
  check_rate(class_name(), rate);
  build_at_init();
}

Value BaseDropout::drop(const Value& inputs, const Shape& noise_shape, Pass& pass) const {
  if (!pass.training || rate_ == 0) return inputs;
  return ops::nn::dropout(inputs, rate_, noise_shape, seed_, pass.draw(*this));
}

void BaseDropout::take_chance(const std::vector<std::int64_t>& chance) {
  seed_ = chance[0];
  set_draws(chance[1]);
}

Dropout::Dropout(DropoutOptions options)
    : Configured(options, base_options(kName, options), options.rate, options.seed) {
  for (const std::int64_t dim : options_.noise_shape) {
    if (dim != kNone && dim <= 0) {
      invalid_argument(
          "Dropout", "noise_shape must have positive dimensions. Received: ", options_.noise_shape);
    }
  }
}

DropoutOptions Dropout::options_from(const Config& config) {
  // A config writes an open dimension as null: -1 is a mistake, which a Shape could not tell.
  if (const Config* shape = config.find("noise_shape"); shape != nullptr && shape->is_list()) {
    for (const Config& dim : shape->as_list()) {
      if (dim.is_int() && dim.as_int() <= 0) {
        invalid_argument("Dropout",
                         "noise_shape must have positive dimensions. Received: ", dim.as_int());
      }
    }
  }
  return Configured::options_from(config);
}

Shape Dropout::compute_output_shape(const Shape& input_shape) const {
  const Shape& noise = options_.noise_shape;
  bool fits = noise.rank() == 0 || noise.rank() == input_shape.rank();
  for (std::size_t i = 0; fits && i < noise.rank(); ++i) {
    fits =
        noise[i] == 1 || noise[i] == kNone || input_shape[i] == kNone || noise[i] == input_shape[i];
  }
  if (!fits) {
    invalid_argument("Dropout", "layer '", name(), "': noise_shape ", noise,
                     " cannot be broadcast to inputs of shape ", input_shape);
  }
  return input_shape;
}

Values Dropout::call(const Inputs& inputs, Pass& pass) const {
  Shape noise = inputs[0].shape();
  for (std::size_t i = 0; i < options_.noise_shape.rank(); ++i) {
    if (options_.noise_shape[i] != kNone) noise[i] = options_.noise_shape[i];
  }
  return drop(inputs[0], noise, pass);
}

SpatialDropout1D::SpatialDropout1D(SpatialDropout1DOptions options)
    : Configured(options, base_options(kName, options), options.rate, options.seed) {}

Shape SpatialDropout1D::compute_output_shape(const Shape& input_shape) const {
  check_rank(input_shape, 3);
  return input_shape;
}

Values SpatialDropout1D::call(const Inputs& inputs, Pass& pass) const {
  const Shape& shape = inputs[0].shape();
  return drop(inputs[0], {shape[0], 1, shape[2]}, pass);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::Dropout, layers::DropoutOptions,
                          layers::LayerOf<layers::Dropout, layers::BaseDropout>>;
template class Configured<layers::SpatialDropout1D, layers::SpatialDropout1DOptions,
                          layers::LayerOf<layers::SpatialDropout1D, layers::BaseDropout>>;
}  // namespace keratin
