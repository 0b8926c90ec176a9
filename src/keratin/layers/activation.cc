// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/activation.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/activation_ops.h"

namespace keratin::layers {
namespace {
auto fields = [](auto& field, auto& o) {
  field("activation", o.activation);
  field("activity_regularizer", o.activity_regularizer);
};
}  // namespace

Activation::Activation(ActivationOptions options)
    : LayerOf({.class_name = "Activation",
               .name = options.name,
               .trainable = options.trainable,
               .activity_regularizer = options.activity_regularizer}),
      options_(std::move(options)) {
  if (!options_.activation) options_.activation = "linear";  // Keras: None is linear
  build_at_init();
}

ActivationOptions Activation::options_from(const Config& config) {
  return options_from_config<ActivationOptions>("Activation", config, fields);
}

Config Activation::get_config() const { return config_of(base_config(), options_, fields); }

Shape Activation::compute_output_shape(const Shape& input_shape) const {
  return options_.activation->compute_output_shape(input_shape);
}

Values Activation::call(const Inputs& inputs, Pass&) const {
  return ops::activate(options_.activation.shared(), inputs[0]);
}

}  // namespace keratin::layers
