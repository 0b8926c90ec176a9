// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/regularization/dropout.h"

#include <utility>
#include <vector>

#include "keratin/layers/layer_fields.h"
#include "keratin/layers/regularization/noise_shape.h"
#include "keratin/layers/windows_fields.h"

namespace keratin::layers {
namespace {

/// Keras's SpatialDropout1D takes no such argument, and refuses configs that name it.
void trainable_field(FieldWriter&, bool) {}
void trainable_field(FieldReader& reader, bool& trainable) { reader("trainable", trainable); }

}  // namespace

template <class F>
void fields(F& f, DropoutOptions& o) {
  base_fields(f, o);
  f("rate", o.rate);
  f("seed", o.seed);
  noise_shape_field(f, o.noise_shape);
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

template <class F>
void fields(F& f, SpatialDropout2DOptions& o) {
  f("name", o.name);
  trainable_field(f, o.trainable);
  dtype_field(f);
  f("rate", o.rate);
  f("seed", o.seed);
  f("data_format", o.data_format);
  f.ignore_null("noise_shape");
}

Dropout::Dropout(DropoutOptions options)
    : Configured(options, base_options(kName, options), options.rate, options.seed) {
  check_noise_shape(kName, options_.noise_shape);
}

DropoutOptions Dropout::options_from(const Config& config) {
  check_noise_shape(kName, config);
  return Configured::options_from(config);
}

Shape Dropout::compute_output_shape(const Shape& input_shape) const {
  check_noise_fits(*this, options_.noise_shape, input_shape);
  return input_shape;
}

Values Dropout::call(const Inputs& inputs, Pass& pass) const {
  return drop(inputs[0], noise_on(options_.noise_shape, inputs[0].shape()), pass);
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

SpatialDropout2D::SpatialDropout2D(SpatialDropout2DOptions options)
    : Configured((options.data_format = checked_data_format(kName, options.data_format), options),
                 base_options(kName, options), options.rate, options.seed) {}

Shape SpatialDropout2D::compute_output_shape(const Shape& input_shape) const {
  check_rank(input_shape, 4);
  return input_shape;
}

Values SpatialDropout2D::call(const Inputs& inputs, Pass& pass) const {
  const Shape& s = inputs[0].shape();
  const bool first = options_.data_format == "channels_first";
  return drop(inputs[0], first ? Shape{s[0], s[1], 1, 1} : Shape{s[0], 1, 1, s[3]}, pass);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::Dropout, layers::DropoutOptions,
                          layers::LayerOf<layers::Dropout, layers::BaseDropout>>;
template class Configured<layers::SpatialDropout1D, layers::SpatialDropout1DOptions,
                          layers::LayerOf<layers::SpatialDropout1D, layers::BaseDropout>>;
template class Configured<layers::SpatialDropout2D, layers::SpatialDropout2DOptions,
                          layers::LayerOf<layers::SpatialDropout2D, layers::BaseDropout>>;
}  // namespace keratin
