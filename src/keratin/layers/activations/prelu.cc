// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/activations/prelu.h"

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/activation_ops.h"
#include "keratin/ops/operators.h"

namespace keratin::layers {
namespace {

/// Keras: one axis, or several.
struct SharedAxes {
  std::optional<std::vector<std::int64_t>>& axes;
};
Config to_config(const SharedAxes& shared) { return keratin::to_config(shared.axes); }
void from_config(const Config& config, SharedAxes& shared) {
  if (config.is_int()) {
    shared.axes = std::vector<std::int64_t>{config.as_int()};
  } else {
    keratin::from_config(config, shared.axes);
  }
}

}  // namespace

template <class F>
void fields(F& f, PReLUOptions& o) {
  base_fields(f, o);
  f("alpha_initializer", o.alpha_initializer);
  f("alpha_regularizer", o.alpha_regularizer);
  f("alpha_constraint", o.alpha_constraint);
  SharedAxes shared{o.shared_axes};
  f("shared_axes", shared);
}

PReLU::PReLU(PReLUOptions options) : Configured(options, base_options(kName, options)) {}

Shape PReLU::alpha_shape(const Shape& input_shape) const {
  if (input_shape.rank() == 0) {
    invalid_argument(kName, "layer '", name(), "' takes inputs with a batch. Received shape: ()");
  }
  Shape shape = input_shape.from(1);
  for (const std::int64_t axis : options_.shared_axes.value_or(std::vector<std::int64_t>())) {
    if (axis < 1 || axis > static_cast<std::int64_t>(shape.rank())) {
      invalid_argument(kName, "layer '", name(), "': axis ", axis,
                       " of shared_axes is not there in inputs of shape ", input_shape,
                       " (the batch is axis 0)");
    }
    shape[static_cast<std::size_t>(axis - 1)] = 1;
  }
  if (!shape.is_known()) {
    invalid_argument(
        kName, "layer '", name(),
        "' needs the axes that are not in shared_axes to be known. Received shape: ", input_shape);
  }
  return shape;
}

Shape PReLU::compute_output_shape(const Shape& input_shape) const {
  const Shape shape = alpha_shape(input_shape);
  if (built() && shape != weight(0).shape()) {
    invalid_argument(kName, "layer '", name(), "' was built for inputs of shape ",
                     build_shapes().at(0), ". Received shape: ", input_shape);
  }
  return input_shape;
}

void PReLU::build_weights(const Shape& input_shape) {
  add_weight({.name = "alpha",
              .shape = alpha_shape(input_shape),
              .initializer = options_.alpha_initializer,
              .regularizer = options_.alpha_regularizer,
              .constraint = options_.alpha_constraint});
}

Values PReLU::call(const Inputs& inputs, Pass& pass) const {
  return ops::relu(inputs[0]) + -value(0, pass) * ops::relu(-inputs[0]);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::PReLU, layers::PReLUOptions, layers::LayerOf<layers::PReLU>>;
}  // namespace keratin
