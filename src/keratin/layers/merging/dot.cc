// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/merging/dot.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/elementwise.h"
#include "keratin/ops/making.h"
#include "keratin/ops/matmul.h"
#include "keratin/ops/reductions.h"
#include "keratin/ops/result_type.h"
#include "keratin/ops/rounding.h"
#include "keratin/ops/shapes.h"

namespace keratin::layers {
namespace {

constexpr double kEpsilon = 1e-7;  // Keras: backend.epsilon()

/// `shape` without that axis, from the axis `first` on.
Shape without(const Shape& shape, std::size_t axis, std::size_t first) {
  Shape rest;
  for (std::size_t i = first; i < shape.rank(); ++i) {
    if (i != axis) rest.push_back(shape[i]);
  }
  return rest;
}

/// Keras: ops.normalize of order 2.
Value with_length_one(const Value& x, std::int64_t axis) {
  const Value squares = ops::sum(ops::square(x), axis, true);
  return ops::multiply(x, ops::rsqrt(ops::maximum(squares, ops::full({}, kEpsilon * kEpsilon))));
}

}  // namespace

template <class F>
void fields(F& f, DotOptions& o) {
  base_fields(f, o);
  f("axes", o.axes);
  f("normalize", o.normalize);
}

Config to_config(const DotAxes& axes) {
  if (axes.is_one) return axes.first;
  return Config(Config::List{axes.first, axes.second});
}

void from_config(const Config& config, DotAxes& axes) {
  if (!config.is_list()) {
    axes = DotAxes(config.as_int());
    return;
  }
  const Config::List& list = config.as_list();
  if (list.size() != 2) {
    invalid_argument("Dot",
                     "Invalid format for argument `axes`: it should contain two elements. "
                     "Received: ",
                     list.size());
  }
  axes = DotAxes(list[0].as_int(), list[1].as_int());
}

Dot::Dot(DotOptions options)
    : Configured(options, kName,
                 MergeOptions{.activity_regularizer = options.activity_regularizer,
                              .name = options.name,
                              .trainable = options.trainable}) {}

DotOptions Dot::options_from(const Config& config) {
  if (!config.is_dict() || config.find("axes") == nullptr) {
    invalid_argument("Dot", "axes must be given: one for both inputs, or a list of two.");
  }
  return Configured::options_from(config);
}

std::size_t Dot::axis_of(std::size_t input, const Shape& shape) const {
  const std::int64_t axis = input == 0 ? options_.axes.first : options_.axes.second;
  const auto rank = static_cast<std::int64_t>(shape.rank());
  if (axis < -rank || axis >= rank) {
    invalid_argument("Dot", "layer '", name(), "': axis ", axis, " is not there. Received: input ",
                     input, " of shape ", shape);
  }
  if (axis == 0 || axis == -rank) {
    invalid_argument("Dot", "layer '", name(),
                     "': Cannot perform batch_dot over axis 0, that of "
                     "the batch. Received: input ",
                     input, " of shape ", shape);
  }
  return static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
}

Spec Dot::merged_spec(std::span<const Spec> inputs) const {
  check_count(inputs, 2);
  const Shape& x = inputs[0].shape;
  const Shape& y = inputs[1].shape;
  if (x.rank() < 2 || y.rank() < 2) {
    invalid_argument("Dot", "layer '", name(),
                     "' takes inputs of at least 2 dimensions. Received "
                     "shapes ",
                     x, " and ", y);
  }
  const std::size_t a = axis_of(0, x);
  const std::size_t b = axis_of(1, y);
  const auto differ = [](std::int64_t one, std::int64_t other) {
    return one != kNone && other != kNone && one != other;
  };
  if (differ(x[a], y[b])) {
    invalid_argument("Dot", "layer '", name(), "': Incompatible input shapes: axis values ", x[a],
                     " (at axis ", a, ") != ", y[b], " (at axis ", b, "). Full input shapes: ", x,
                     ", ", y);
  }
  if (differ(x[0], y[0])) {
    invalid_argument("Dot", "layer '", name(),
                     "': inputs with different batch sizes. Received "
                     "shapes ",
                     x, " and ", y);
  }
  Shape shape = without(x, a, 0);
  for (const std::int64_t dim : without(y, b, 1)) shape.push_back(dim);
  if (shape.rank() == 1) shape.push_back(1);
  const bool bytes = inputs[0].dtype == DType::kInt8 && inputs[1].dtype == DType::kInt8;
  const DType of_both = ops::result_type(inputs[0].dtype, inputs[1].dtype);
  // As ops::matmul: products of int8 are int32.
  return {shape, options_.normalize ? DType::kFloat32 : bytes ? DType::kInt32 : of_both};
}

Value Dot::merged(const Values& values, const Values&) const {
  const std::size_t a = axis_of(0, values[0].shape());
  const std::size_t b = axis_of(1, values[1].shape());
  const auto axis = [](std::size_t at) { return static_cast<std::int64_t>(at); };
  Value x = options_.normalize ? with_length_one(values[0], axis(a)) : values[0];
  Value y = options_.normalize ? with_length_one(values[1], axis(b)) : values[1];
  const std::vector<Spec> specs = {{x.shape(), x.dtype()}, {y.shape(), y.dtype()}};
  const Spec out = merged_spec(specs);
  if (x.shape().rank() == 2 && y.shape().rank() == 2 && out.dtype == DType::kFloat32) {
    return ops::sum(ops::multiply(x, y), 1, true);  // one number a sample: no matrices to multiply
  }
  // As matrices, one a sample: (rows of x, K) by (K, columns of y).
  const std::int64_t batch = x.shape()[0];
  const std::int64_t k = x.shape()[a];
  const std::int64_t rows = without(x.shape(), a, 1).size();
  const std::int64_t columns = without(y.shape(), b, 1).size();
  if (a + 1 != x.shape().rank()) x = ops::moveaxis(x, axis(a), -1);
  if (b != 1) y = ops::moveaxis(y, axis(b), 1);
  return reshaped(ops::matmul(reshaped(x, {batch, rows, k}), reshaped(y, {batch, k, columns})),
                  out.shape);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::Dot, layers::DotOptions,
                          layers::LayerOf<layers::Dot, layers::Merge>>;
}  // namespace keratin
