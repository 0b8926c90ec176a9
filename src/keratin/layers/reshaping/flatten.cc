// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/reshaping/flatten.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/layers/windows_fields.h"

namespace keratin::layers {

template <class F>
void fields(F& f, FlattenOptions& o) {
  base_fields(f, o);
  f("data_format", o.data_format);
}

Flatten::Flatten(FlattenOptions options) : Configured(options, base_options(kName, options)) {
  options_.data_format = checked_data_format(kName, options_.data_format);
}

Shape Flatten::compute_output_shape(const Shape& input_shape) const {
  if (input_shape.rank() == 0) {
    invalid_argument("Flatten", "layer '", name(),
                     "' takes inputs of at least 1 dimension. Received shape: ()");
  }
  const Shape rest = input_shape.from(1);
  return {input_shape[0], rest.is_known() ? rest.size() : kNone};
}

Values Flatten::call(const Inputs& inputs, Pass&) const {
  const bool first = options_.data_format == "channels_first" && inputs[0].shape().rank() > 2;
  return reshaped(first ? channels_to_end(inputs[0]) : inputs[0],
                  compute_output_shape(inputs[0].shape()));
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::Flatten, layers::FlattenOptions,
                          layers::LayerOf<layers::Flatten>>;
}  // namespace keratin
