// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/dense.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/activation_ops.h"

namespace keratin::layers {
namespace {

const DenseOptions& checked(const DenseOptions& options) {
  if (options.units <= 0)
    invalid_argument("Dense", "units must be positive. Received: ", options.units);
  return options;
}

}  // namespace

template <class F>
void fields(F& f, DenseOptions& o) {
  common_fields(f, o);
  f("units", o.units);
  f("activation", o.activation);
  f("use_bias", o.use_bias);
  kernel_and_bias_fields(f, o);
  kind_fields(f, o);
}

void as_it_stands(const Dense& layer, DenseOptions& o) {
  as_it_stands(static_cast<const Layer&>(layer), o);
  set_kinds(layer.kinds(), o);
}

// Keras: what is refused uses up no automatic name.
Dense::Dense(DenseOptions options)
    : Configured(options, base_options(kName, checked(options)), kinds_of(kName, options)) {
  if (!options_.activation) options_.activation = "linear";
}

Shape Dense::compute_output_shape(const Shape& input_shape) const {
  if (input_shape.rank() < 2) {
    invalid_argument("Dense", "layer '", name(),
                     "' takes inputs of at least 2 dimensions. Received shape: ", input_shape);
  }
  const std::int64_t width = input_shape.back();
  if (width == kNone) {
    invalid_argument(
        "Dense", "layer '", name(),
        "' needs the last dimension of its inputs to be known. Received shape: ", input_shape,
        ". After Flatten this is the case when the sequence length is: give Embedding "
        "input_length.");
  }
  if (built() && width != kernel_shape()[0]) {
    invalid_argument("Dense", "layer '", name(), "' was built for inputs whose last dimension is ",
                     kernel_shape()[0], ". Received shape: ", input_shape);
  }
  Shape shape = input_shape;
  shape[shape.rank() - 1] = options_.units;
  return options_.activation->compute_output_shape(shape);
}

void Dense::build_weights(const Shape& input_shape) {
  Kernel form{.kernel = kernel_weight(options_, {input_shape.back(), options_.units}),
              .scale = {options_.units}};
  if (options_.use_bias) form.bias = bias_weight(options_, {options_.units});
  build_kernel(form);
}

Values Dense::call(const Inputs& inputs, Pass& pass) const {
  return ops::activated(options_.activation.shared(),
                        projected(inputs[0], value_of(bias(), pass), pass));
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::Dense, layers::DenseOptions,
                          layers::LayerOf<layers::Dense, layers::KernelLayer>>;
}  // namespace keratin
