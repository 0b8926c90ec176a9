// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/normalization/group_normalization.h"

#include <vector>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/layers/normalization/scale_and_offset.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/nn/normalization.h"
#include "keratin/ops/shapes.h"

namespace keratin::layers {

template <class F>
void fields(F& f, GroupNormalizationOptions& o) {
  base_fields(f, o);
  f("groups", o.groups);
  f("axis", o.axis);
  f("epsilon", o.epsilon);
  f("center", o.center);
  f("scale", o.scale);
  scale_and_offset_fields(f, o);
}

GroupNormalization::GroupNormalization(GroupNormalizationOptions options)
    : Configured(options, base_options(kName, options)) {
  if (options_.groups <= 0 && options_.groups != -1) {
    invalid_argument(
        kName, "groups must be positive, or -1 for one a channel. Received: ", options_.groups);
  }
  if (!(options_.epsilon > 0))
    invalid_argument(kName, "epsilon must be positive. Received: ", options_.epsilon);
}

std::size_t GroupNormalization::axis_of(const Shape& shape) const {
  const auto rank = static_cast<std::int64_t>(shape.rank());
  const std::int64_t axis = options_.axis < 0 ? options_.axis + rank : options_.axis;
  if (axis < 1 || axis >= rank) {
    invalid_argument(kName, "layer '", name(), "': axis ", options_.axis,
                     " is no axis of channels in inputs of shape ", shape);
  }
  return static_cast<std::size_t>(axis);
}

Shape GroupNormalization::compute_output_shape(const Shape& input_shape) const {
  const std::int64_t channels = input_shape[axis_of(input_shape)];
  const std::int64_t groups = options_.groups;
  if (channels == kNone) {
    invalid_argument(kName, "layer '", name(), "' needs axis ", options_.axis,
                     " of its inputs to be known. Received shape: ", input_shape);
  }
  if (groups != -1 && (channels < groups || channels % groups != 0)) {
    invalid_argument(kName, "layer '", name(),
                     "': the channels must be divisible by groups=", groups,
                     ". Received shape: ", input_shape);
  }
  if (built() && build_shapes().at(0).dim(options_.axis) != channels) {
    invalid_argument(kName, "layer '", name(), "' was built for inputs of shape ",
                     build_shapes().at(0), ". Received shape: ", input_shape);
  }
  return input_shape;
}

void GroupNormalization::build_weights(const Shape& input_shape) {
  const Shape shape{input_shape[axis_of(input_shape)]};
  if (options_.groups == -1) options_.groups = shape[0];  // Keras: in the config too
  if (options_.scale) add_weight(gamma_weight(options_, shape));
  if (options_.center) add_weight(beta_weight(options_, shape));
}

Values GroupNormalization::call(const Inputs& inputs, Pass& pass) const {
  const std::size_t axis = axis_of(inputs[0].shape());
  // The channels behind the batch: then the numbers of a group lie in one row.
  Value x = axis == 1 ? inputs[0] : ops::moveaxis(inputs[0], static_cast<std::int64_t>(axis), 1);
  std::int64_t width = 1;
  for (const std::int64_t dim : x.shape().from(1)) width *= dim;
  width /= options_.groups;
  x = ops::nn::normalize_rows(x, width, ops::nn::RowNorm::kMoments, {}, {}, options_.epsilon);
  std::vector<std::int64_t> shape(x.shape().rank(), 1);
  shape[1] = x.shape()[1];
  if (options_.scale) x = ops::multiply(x, ops::reshape(value(0, pass), shape));
  if (options_.center) x = ops::add(x, ops::reshape(value(options_.scale ? 1 : 0, pass), shape));
  return axis == 1 ? x : ops::moveaxis(x, 1, static_cast<std::int64_t>(axis));
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::GroupNormalization, layers::GroupNormalizationOptions,
                          layers::LayerOf<layers::GroupNormalization>>;
}  // namespace keratin
