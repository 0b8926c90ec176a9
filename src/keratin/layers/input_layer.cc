// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/input_layer.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/graph/node.h"
#include "keratin/layers/layer_fields.h"

namespace keratin::layers {
namespace {

/// Inputs of kinds that Keratin does not know: false in every config.
void never(FieldWriter& writer, std::string_view key) { writer(key, false); }
void never(FieldReader& reader, std::string_view key) {
  bool value = false;
  reader(key, value);
  if (value) invalid_argument(reader.class_name(), "'", key, "' inputs are not known.");
}

/// Keras writes the type that its layers compute in, under a policy one of 16 bits: arrays of
/// floats are float32 here.
void input_dtype(FieldWriter& writer, DType& dtype) { writer("dtype", dtype); }
void input_dtype(FieldReader& reader, DType& dtype) {
  std::string name(to_string(dtype));
  reader("dtype", name);
  at_place("dtype", [&] {
    dtype = name == "float16" || name == "bfloat16" ? DType::kFloat32 : dtype_from_name(name);
  });
}

}  // namespace

template <class F>
void fields(F& f, InputLayerOptions& o) {
  f("batch_shape", o.batch_shape);
  input_dtype(f, o.dtype);
  never(f, "sparse");
  never(f, "ragged");
  f("name", o.name);
  never(f, "optional");
  f.ignore("trainable");
}

InputLayer::InputLayer(InputLayerOptions options)
    : Configured(options, base_options(kName, options)) {
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

namespace keratin {
template class Configured<layers::InputLayer, layers::InputLayerOptions,
                          layers::LayerOf<layers::InputLayer>>;
}  // namespace keratin
