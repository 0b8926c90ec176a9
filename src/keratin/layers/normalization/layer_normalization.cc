// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/normalization/layer_normalization.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/layers/normalization/axis_rows.h"
#include "keratin/layers/normalization/scale_and_offset.h"
#include "keratin/ops/elementwise.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/shapes.h"
#include "keratin/ops/statistics.h"

namespace keratin::layers {

template <class F>
void fields(F& f, LayerNormalizationOptions& o) {
  base_fields(f, o);
  f("axis", o.axis);
  f("epsilon", o.epsilon);
  f("center", o.center);
  f("scale", o.scale);
  f("rms_scaling", o.rms_scaling);
  scale_and_offset_fields(f, o);
}

LayerNormalization::LayerNormalization(LayerNormalizationOptions options)
    : Configured(options, base_options(kName, options)) {
  if (options_.axis.is_none())
    invalid_argument(kName, "axis must be an integer, or several. Received: None");
}

Shape LayerNormalization::compute_output_shape(const Shape& input_shape) const {
  shape_of_axes(*this, sorted_axes(*this, options_.axis, input_shape), input_shape);
  return input_shape;
}

void LayerNormalization::build_weights(const Shape& input_shape) {
  // Keras: from now on each axis has its number, in the config too.
  options_.axis = sorted_axes(*this, options_.axis, input_shape);
  const Shape shape = shape_of_axes(*this, options_.axis.list(), input_shape);
  if (options_.scale || options_.rms_scaling) add_weight(gamma_weight(options_, shape));
  if (options_.center && !options_.rms_scaling) add_weight(beta_weight(options_, shape));
}

Values LayerNormalization::call(const Inputs& inputs, Pass& pass) const {
  const LayerNormalizationOptions& o = options_;
  const Value& x = inputs[0];
  const std::vector<std::int64_t> axes = sorted_axes(*this, o.axis, x.shape());
  if (o.rms_scaling) {
    const Value inverse = ops::rsqrt(ops::var(x, axes, true) + o.epsilon);
    std::vector<std::int64_t> shape(x.shape().rank(), 1);
    for (const std::int64_t axis : axes)
      shape[static_cast<std::size_t>(axis)] = x.shape()[static_cast<std::size_t>(axis)];
    return x * inverse * ops::reshape(value(0, pass), shape);
  }
  return normalize_along(x, axes, ops::nn::RowNorm::kMoments, o.scale ? value(0, pass) : Value(),
                         o.center ? value(o.scale ? 1 : 0, pass) : Value(), o.epsilon);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::LayerNormalization, layers::LayerNormalizationOptions,
                          layers::LayerOf<layers::LayerNormalization>>;
}  // namespace keratin
