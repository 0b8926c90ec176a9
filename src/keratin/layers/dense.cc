// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/dense.h"

#include <algorithm>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/kernels/matmul.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

auto fields = [](auto& field, auto& o) {
  field("units", o.units);
  field("activation", o.activation);
  field("use_bias", o.use_bias);
  field("kernel_initializer", o.kernel_initializer);
  field("bias_initializer", o.bias_initializer);
  field("kernel_regularizer", o.kernel_regularizer);
  field("bias_regularizer", o.bias_regularizer);
  field("activity_regularizer", o.activity_regularizer);
  field("kernel_constraint", o.kernel_constraint);
  field("bias_constraint", o.bias_constraint);
};

/// How many vectors of the last axis there are; right also where they have no elements.
std::int64_t rows_of(Shape shape) {
  shape[shape.rank() - 1] = 1;
  return shape.size();
}

}  // namespace

Dense::Dense(DenseOptions options)
    : Layer({.class_name = "Dense",
             .name = options.name,
             .trainable = options.trainable,
             .activity_regularizer = options.activity_regularizer}),
      options_(std::move(options)) {
  if (options_.units <= 0)
    invalid_argument("Dense", "units must be positive. Received: ", options_.units);
  if (!options_.activation) options_.activation = "linear";
}

DenseOptions Dense::options_from(const Config& config) {
  return options_from_config<DenseOptions>("Dense", without_nulls(config, {"quantization_config"}),
                                           fields);
}

Config Dense::get_config() const { return config_of(base_config(), options_, fields); }

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
  if (built() && width != weight(0).shape()[0]) {
    invalid_argument("Dense", "layer '", name(), "' was built for inputs whose last dimension is ",
                     weight(0).shape()[0], ". Received shape: ", input_shape);
  }
  Shape shape = input_shape;
  shape[shape.rank() - 1] = options_.units;
  return options_.activation->compute_output_shape(shape);
}

void Dense::build_weights(const Shape& input_shape) {
  add_weight({.name = "kernel",
              .shape = {input_shape.back(), options_.units},
              .initializer = options_.kernel_initializer,
              .regularizer = options_.kernel_regularizer,
              .constraint = options_.kernel_constraint});
  if (options_.use_bias) {
    add_weight({.name = "bias",
                .shape = {options_.units},
                .initializer = options_.bias_initializer,
                .regularizer = options_.bias_regularizer,
                .constraint = options_.bias_constraint});
  }
}

Tensor Dense::compute(const Tensor& inputs, CallContext& context) const {
  const std::int64_t width = weight(0).shape()[0];
  const std::int64_t units = options_.units;
  const std::int64_t rows = rows_of(inputs.shape());
  Shape shape = inputs.shape();
  shape[shape.rank() - 1] = units;

  Tensor product = uninitialized(shape);
  float* out = product.data<float>().data();
  if (options_.use_bias) {
    const auto bias = std::as_const(weight(1)).tensor().data<float>();
    for (std::int64_t i = 0; i < rows; ++i) std::copy(bias.begin(), bias.end(), out + i * units);
  }
  kernels::matmul({inputs.data<float>().data()},
                  {std::as_const(weight(0)).tensor().data<float>().data()}, rows, width, units,
                  options_.use_bias, out);
  Tensor outputs = options_.activation->is_linear() ? product : (*options_.activation)(product);
  if (context.training) context.saved = {inputs, product, outputs};
  return outputs;
}

Tensor Dense::compute_gradient(const Tensor& output_gradient, CallContext& context) {
  const Tensor& inputs = context.saved[0];
  const Tensor& product = context.saved[1];
  const Tensor gradient =
      options_.activation->is_linear()
          ? output_gradient
          : options_.activation->gradient(product, context.saved[2], output_gradient);
  const float* g = gradient.data<float>().data();
  const float* x = inputs.data<float>().data();
  const std::int64_t width = weight(0).shape()[0];
  const std::int64_t units = options_.units;

  const std::int64_t rows = rows_of(inputs.shape());
  for (Variable* weight : trainable_weights()) {
    Tensor sum = Tensor::zeros(weight->shape());
    float* to = sum.data<float>().data();
    if (weight == weights()[0].get()) {
      kernels::matmul({x, true}, {g}, width, rows, units, false, to);
    } else {
      for (std::int64_t i = 0; i < rows; ++i) {
        for (std::int64_t j = 0; j < units; ++j) to[j] += g[i * units + j];
      }
    }
    weight->add_gradient(std::move(sum));
  }
  if (!context.wants_input_gradient) return {};
  Tensor input_gradient = uninitialized(inputs.shape());
  kernels::matmul({g}, {std::as_const(weight(0)).tensor().data<float>().data(), true}, rows, units,
                  width, false, input_gradient.data<float>().data());
  return input_gradient;
}

}  // namespace keratin::layers
