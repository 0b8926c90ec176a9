// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/activations/activation.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/activation_ops.h"

namespace keratin::layers {

template <class F>
void fields(F& f, ActivationOptions& o) {
  base_fields(f, o);
  f("activation", o.activation);
}

Activation::Activation(ActivationOptions options)
    : Configured(options, base_options(kName, options)) {
  if (!options_.activation) options_.activation = "linear";  // Keras: None is linear
  build_at_init();
}

Shape Activation::compute_output_shape(const Shape& input_shape) const {
  return options_.activation->compute_output_shape(input_shape);
}

Values Activation::call(const Inputs& inputs, Pass&) const {
  return ops::activate(options_.activation.shared(), inputs[0]);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::Activation, layers::ActivationOptions,
                          layers::LayerOf<layers::Activation>>;
}  // namespace keratin
