// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/input_layer.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/graph/node.h"
#include "keratin/layers/layer_fields.h"

namespace keratin::layers {

InputLayer::InputLayer(InputLayerOptions options)
    : LayerOf({.class_name = "InputLayer", .name = options.name}), options_(std::move(options)) {
  if (options_.batch_shape && (options_.shape || options_.batch_size)) {
    invalid_argument("InputLayer", "give shape and batch_size, or batch_shape, not both.");
  }
  if (!options_.batch_shape) {
    if (!options_.shape) invalid_argument("InputLayer", "a shape must be given.");
    Shape batch_shape{options_.batch_size.value_or(kNone)};
    for (const std::int64_t dim : *options_.shape) batch_shape.push_back(dim);
    options_.batch_shape = batch_shape;
  }
  for (const std::int64_t dim : *options_.batch_shape) {
    if (dim != kNone && dim < 0) {
      invalid_argument("InputLayer", "a shape must have dimensions of 0 or more. Received: ",
                       *options_.batch_shape);
    }
  }
  build(*options_.batch_shape);
}

InputLayerOptions InputLayer::options_from(const Config& config) {
  InputLayerOptions options;
  ConfigReader reader("InputLayer", config);
  reader("batch_shape", options.batch_shape);
  reader("dtype", options.dtype);
  reader("name", options.name);
  for (const char* key : {"sparse", "ragged", "optional"}) {  // always false in what Keratin can be
    bool value = false;
    reader(key, value);
    if (value) invalid_argument("InputLayer", "'", key, "' inputs are not known.");
  }
  reader.ignore("trainable");
  reader.finish();
  return options;
}

Config InputLayer::get_config() const {
  Config config = Config::dict();
  config["batch_shape"] = to_config(batch_shape());
  config["dtype"] = to_config(options_.dtype);
  config["sparse"] = false;
  config["ragged"] = false;
  config["name"] = name();
  config["optional"] = false;
  return config;
}

Shape InputLayer::compute_output_shape(const Shape& input_shape) const {
  // Keras: the number of samples is what summaries and shapes say, and binds no data.
  const bool has_batch = options_.batch_shape && batch_shape().rank() > 0 && input_shape.rank() > 0;
  const Shape wanted = has_batch ? batch_shape().with_batch(input_shape[0]) : batch_shape();
  if (options_.batch_shape && !input_shape.is_compatible_with(wanted)) {
    invalid_argument("InputLayer", "layer '", name(), "' expects inputs of shape ", batch_shape(),
                     ". Received shape: ", input_shape);
  }
  return input_shape;
}

std::vector<Spec> InputLayer::compute_output_spec(const Inputs& inputs) const {
  if (inputs.size() == 0) return {{batch_shape(), options_.dtype}};
  return {{compute_output_shape(inputs[0].shape()), inputs[0].dtype()}};
}

Values InputLayer::call(const Inputs& inputs, Pass&) const { return inputs.values; }

Value Input(InputLayerOptions options) {
  return leave_node(*std::make_shared<const InputLayer>(std::move(options)), Inputs());
}

}  // namespace keratin::layers
