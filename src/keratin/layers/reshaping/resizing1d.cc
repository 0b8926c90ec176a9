// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/reshaping/resizing1d.h"

#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/layers/windows_fields.h"
#include "keratin/ops/repeats.h"
#include "keratin/ops/slices.h"

namespace keratin::layers {

template <class F>
void fields(F& f, UpSampling1DOptions& o) {
  base_fields(f, o);
  f("size", o.size);
}
template <class F>
void fields(F& f, ZeroPadding1DOptions& o) {
  base_fields(f, o);
  f("padding", o.padding);
  f("data_format", o.data_format);
}
template <class F>
void fields(F& f, Cropping1DOptions& o) {
  base_fields(f, o);
  f("cropping", o.cropping);
}

UpSampling1D::UpSampling1D(UpSampling1DOptions options)
    : Configured(options, base_options(kName, options)) {
  if (options_.size <= 0 || options_.size > INT32_MAX)
    invalid_argument(kName, "size must be a positive integer. Received: ", options_.size);
}

Shape UpSampling1D::compute_output_shape(const Shape& input_shape) const {
  check_rank(input_shape, 3);
  const std::int64_t steps = input_shape[1];
  if (steps > INT64_MAX / options_.size) {
    invalid_argument(kName, "layer '", name(), "': too many steps. Received shape: ", input_shape);
  }
  return {input_shape[0], steps == kNone ? kNone : steps * options_.size, input_shape[2]};
}

Values UpSampling1D::call(const Inputs& inputs, Pass&) const {
  return ops::repeat(inputs[0], {options_.size}, 1);
}

ZeroPadding1D::ZeroPadding1D(ZeroPadding1DOptions options)
    : Configured((options.padding = options.padding.checked(kName, "padding", 2, 0),
                  options.data_format = checked_data_format(kName, options.data_format), options),
                 base_options(kName, options)) {}

Shape ZeroPadding1D::compute_output_shape(const Shape& input_shape) const {
  check_rank(input_shape, 3);
  Shape shape = input_shape;
  std::int64_t& steps = shape[options_.data_format == "channels_first" ? 2 : 1];
  if (steps > INT64_MAX / 2) {
    invalid_argument(kName, "layer '", name(), "': too many steps. Received shape: ", input_shape);
  }
  if (steps != kNone) steps += options_.padding.list().at(0) + options_.padding.list().at(1);
  return shape;
}

Values ZeroPadding1D::call(const Inputs& inputs, Pass&) const {
  std::vector<ops::PadWidth> widths(3);
  widths[options_.data_format == "channels_first" ? 2 : 1] = {options_.padding[0],
                                                              options_.padding[1]};
  return ops::pad(inputs[0], widths);
}

Cropping1D::Cropping1D(Cropping1DOptions options)
    : Configured((options.cropping = options.cropping.checked(kName, "cropping", 2, 0), options),
                 base_options(kName, options)) {}

Shape Cropping1D::compute_output_shape(const Shape& input_shape) const {
  check_rank(input_shape, 3);
  if (input_shape[1] == kNone) return input_shape;
  const std::int64_t left =
      input_shape[1] - options_.cropping.list().at(0) - options_.cropping.list().at(1);
  if (left <= 0) {
    invalid_argument(kName, "layer '", name(),
                     "': cropping must leave a step. Received shape: ", input_shape);
  }
  return {input_shape[0], left, input_shape[2]};
}

Values Cropping1D::call(const Inputs& inputs, Pass&) const {
  return ops::slice(inputs[0], {0, options_.cropping[0], 0},
                    {-1, compute_output_shape(inputs[0].shape())[1], -1});
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::UpSampling1D, layers::UpSampling1DOptions,
                          layers::LayerOf<layers::UpSampling1D>>;
template class Configured<layers::ZeroPadding1D, layers::ZeroPadding1DOptions,
                          layers::LayerOf<layers::ZeroPadding1D>>;
template class Configured<layers::Cropping1D, layers::Cropping1DOptions,
                          layers::LayerOf<layers::Cropping1D>>;
}  // namespace keratin
