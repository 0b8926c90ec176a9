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
    : Layer({.class_name = "Flatten", .name = options.name, .trainable = options.trainable}),
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

Tensor Flatten::compute(const Tensor& inputs, CallContext& context) const {
  // The tensor itself is not needed, only its shape: an empty view would do, but a handle is as
  // cheap.
  if (context.training) context.saved = {inputs};
  return inputs.reshaped(compute_output_shape(inputs.shape()));
}

Tensor Flatten::compute_gradient(const Tensor& output_gradient, CallContext& context) {
  return output_gradient.reshaped(context.saved[0].shape());
}

}  // namespace keratin::layers
