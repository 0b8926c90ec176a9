// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/normalization/rms_normalization.h"

#include <algorithm>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/layers/normalization/axis_rows.h"

namespace keratin::layers {

template <class F>
void fields(F& f, RMSNormalizationOptions& o) {
  base_fields(f, o);
  f("axis", o.axis);
  f("epsilon", o.epsilon);
}

RMSNormalization::RMSNormalization(RMSNormalizationOptions options)
    : Configured(options, base_options(kName, options)) {
  if (options_.axis.is_none())
    invalid_argument(kName, "axis must be an integer, or several. Received: None");
}

Shape RMSNormalization::compute_output_shape(const Shape& input_shape) const {
  shape_of_axes(*this, sorted_axes(*this, options_.axis, input_shape), input_shape);
  return input_shape;
}

void RMSNormalization::build_weights(const Shape& input_shape) {
  add_weight(
      {.name = "scale",
       .shape = shape_of_axes(*this, sorted_axes(*this, options_.axis, input_shape), input_shape),
       .initializer = "ones"});
  // Keras: a list from now on, in the config too.
  std::vector<std::int64_t> axes = options_.axis.list();
  std::ranges::sort(axes);
  options_.axis = axes;
}

Values RMSNormalization::call(const Inputs& inputs, Pass& pass) const {
  return normalize_along(inputs[0], sorted_axes(*this, options_.axis, inputs[0].shape()),
                         ops::nn::RowNorm::kRms, value(0, pass), Value(), options_.epsilon);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::RMSNormalization, layers::RMSNormalizationOptions,
                          layers::LayerOf<layers::RMSNormalization>>;
}  // namespace keratin
