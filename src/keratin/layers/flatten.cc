// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/flatten.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"

namespace keratin::layers {
namespace {
auto fields = [](auto& field, auto& o) { field("data_format", o.data_format); };
}  // namespace

Flatten::Flatten(FlattenOptions options)
    : LayerOf({.class_name = "Flatten", .name = options.name, .trainable = options.trainable}),
      options_(std::move(options)) {
  check_channels_last("Flatten", options_.data_format);
}

FlattenOptions Flatten::options_from(const Config& config) {
  return options_from_config<FlattenOptions>("Flatten", config, fields);
}

Config Flatten::get_config() const { return config_of(base_config(), options_, fields); }

Shape Flatten::compute_output_shape(const Shape& input_shape) const {
  if (input_shape.rank() == 0) {
    invalid_argument("Flatten", "layer '", name(),
                     "' takes inputs of at least 1 dimension. Received shape: ()");
  }
  const Shape rest = input_shape.from(1);
  return {input_shape[0], rest.is_known() ? rest.size() : kNone};
}

Values Flatten::call(const Inputs& inputs, Pass&) const {
  return reshaped(inputs[0], compute_output_shape(inputs[0].shape()));
}

}  // namespace keratin::layers
