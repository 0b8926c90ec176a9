// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/preprocessing/normalization.h"

#include <algorithm>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/elementwise.h"
#include "keratin/ops/shapes.h"
#include "keratin/tensor/array_config.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

constexpr float kLeast = 1e-7F;

/// Keras: an array as nested lists.
struct Nested {
  Tensor& tensor;
};
Config to_config(const Nested& one) {
  return one.tensor ? lists_from_array(cast(one.tensor, DType::kFloat64)) : Config();
}
void from_config(const Config& config, Nested& one) {
  one.tensor = config.is_null() ? Tensor() : array_from_lists(config, DType::kFloat64);
}

Tensor filled(const Shape& shape, float number) {
  Tensor tensor = uninitialized(shape);
  std::ranges::fill(tensor.data<float>(), number);
  return tensor;
}

}  // namespace

template <class F>
void fields(F& f, NormalizationOptions& o) {
  base_fields(f, o);
  Nested mean{o.mean}, variance{o.variance};
  f("axis", o.axis);
  f("invert", o.invert);
  f("mean", mean);
  f("variance", variance);
}

Normalization::Normalization(NormalizationOptions options)
    : Configured(options, base_options(kName, options)) {
  // Keras: None is written as no axis.
  if (options_.axis.is_none()) options_.axis = ops::Axes(std::vector<std::int64_t>());
  if (!options_.mean != !options_.variance) {
    invalid_argument(kName,
                     "When setting values directly, both `mean` and `variance` must be set.");
  }
  if (!options_.mean) return;
  if (options_.mean.shape() != options_.variance.shape()) {
    invalid_argument(kName,
                     "When setting values directly, `mean` and `variance` must have the same "
                     "shape. Received: mean shape ",
                     options_.mean.shape(), " and variance shape ", options_.variance.shape());
  }
  if (options_.mean.shape().rank() > options_.axis.list().size()) {
    if (options_.mean.shape().rank() > 0) {
      invalid_argument(
          kName, "The rank of `mean` must be less than or equal to the number of axes (",
          options_.axis.list().size(), "). Received: mean shape ", options_.mean.shape());
    }
  }
}

std::vector<std::size_t> Normalization::kept_axes(std::size_t rank) const {
  std::vector<std::size_t> kept;
  for (const std::int64_t axis : options_.axis.of(*this, rank))
    kept.push_back(static_cast<std::size_t>(axis));
  std::ranges::sort(kept);
  return kept;
}

Shape Normalization::broadcast_shape(const Shape& shape) const {
  Shape result(std::vector<std::int64_t>(shape.rank(), 1));
  for (const std::size_t axis : kept_axes(shape.rank())) result[axis] = shape[axis];
  return result;
}

Shape Normalization::compute_output_shape(const Shape& input_shape) const {
  for (const std::size_t axis : kept_axes(input_shape.rank())) {
    if (input_shape[axis] == kNone) {
      invalid_argument(kName, "layer '", name(),
                       "': all `axis` values to be kept must have a known shape. Received shape ",
                       input_shape, ", with unknown axis at index ", axis);
    }
  }
  return input_shape;
}

void Normalization::build_weights(const Shape& input_shape) {
  compute_output_shape(input_shape);
  if (options_.mean) return;
  Shape shape;
  for (const std::size_t axis : kept_axes(input_shape.rank())) shape.push_back(input_shape[axis]);
  add_weight({.name = "mean",
              .shape = shape,
              .initializer = {},
              .trainable = false,
              .value = Tensor::zeros(shape)});
  add_weight({.name = "variance",
              .shape = shape,
              .initializer = {},
              .trainable = false,
              .value = filled(shape, 1)});
  add_weight({.name = "count",
              .shape = {},
              .initializer = {},
              .trainable = false,
              .value = Tensor::zeros({})});
}

void Normalization::check_learns() const {
  if (options_.mean)
    invalid_argument(kName, "layer '", name(),
                     "' was made with mean and variance: it does not adapt.");
}

void Normalization::reset_state() {
  check_learns();
  seen_ = {};
}

Normalization::Moments Normalization::of(const Tensor& batch) const {
  const Tensor numbers = cast(batch, DType::kFloat64);
  const auto x = numbers.data<double>();
  const Shape& shape = batch.shape();
  // Which mean an element has a part in: the place along the axes that are kept.
  std::vector<std::size_t> strides(shape.rank(), 0);
  std::size_t means = 1;
  const std::vector<std::size_t> kept = kept_axes(shape.rank());
  for (auto axis = kept.rbegin(); axis != kept.rend(); ++axis) {
    strides[*axis] = means;
    means *= static_cast<std::size_t>(shape[*axis]);
  }
  std::vector<std::size_t> place(x.size(), 0);
  for (std::size_t axis = 0, inner = x.size(); axis < shape.rank(); ++axis) {
    const auto size = static_cast<std::size_t>(shape[axis]);
    if (size == 0) break;
    inner /= size;
    if (strides[axis] == 0) continue;
    for (std::size_t i = 0; i < x.size(); ++i) place[i] += i / inner % size * strides[axis];
  }
  Moments found{std::vector<double>(means), std::vector<double>(means),
                means == 0 ? 0.0 : static_cast<double>(x.size() / means)};
  for (std::size_t i = 0; i < x.size(); ++i) found.mean[place[i]] += x[i] / found.count;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double off = x[i] - found.mean[place[i]];
    found.variance[place[i]] += off * off / found.count;
  }
  return found;
}

void Normalization::update_state(const Tensor& batch) {
  check_learns();
  if (!batch || batch.shape().rank() == 0)
    invalid_argument(kName, "layer '", name(), "' adapts to data of at least one axis.");
  if (batch.size() == 0) invalid_argument(kName, "layer '", name(), "' was given no data.");
  build(batch.shape());
  const Moments found = of(batch);
  if (static_cast<std::int64_t>(found.mean.size()) != weight(0).shape().size()) {
    invalid_argument(kName, "layer '", name(), "' was built with input_shape=", build_shapes()[0],
                     ", but adapt() is being called with data with an incompatible shape, ",
                     batch.shape());
  }
  if (seen_.mean.empty()) {
    seen_ = found;
    return;
  }
  const double count = seen_.count + found.count;
  const double before = seen_.count / count, now = found.count / count;
  for (std::size_t i = 0; i < found.mean.size(); ++i) {
    const double apart = found.mean[i] - seen_.mean[i];
    seen_.mean[i] += apart * now;
    seen_.variance[i] =
        seen_.variance[i] * before + found.variance[i] * now + apart * apart * before * now;
  }
  seen_.count = count;
}

void Normalization::finalize_state() {
  check_learns();
  if (seen_.mean.empty()) return;
  weight(0).assign(Tensor::from(seen_.mean, weight(0).shape()));
  weight(1).assign(Tensor::from(seen_.variance, weight(1).shape()));
  seen_ = {};
}

Values Normalization::call(const Inputs& inputs, Pass& pass) const {
  const Value& x = inputs[0];
  const Shape wide = broadcast_shape(x.shape());
  const auto moment = [&](std::size_t index, const Tensor& given) {
    if (!given) return reshaped(value(index, pass), wide);
    // Given ones are aligned to the axes that are kept, from the last on.
    Shape aligned(std::vector<std::int64_t>(wide.rank(), 1));
    const std::vector<std::size_t> kept = kept_axes(wide.rank());
    const std::size_t rank = given.shape().rank();
    for (std::size_t i = 0; i < rank; ++i) aligned[kept[kept.size() - rank + i]] = given.shape()[i];
    return ops::broadcast_to(Value(cast(given, DType::kFloat32).reshaped(aligned)), wide);
  };
  const Value mean = moment(0, options_.mean);
  const Value scale =
      ops::maximum(ops::sqrt(moment(1, options_.variance)), Value(filled({}, kLeast)));
  if (options_.invert) return ops::add(mean, ops::multiply(x, scale));
  return ops::divide(ops::subtract(x, mean), scale);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::Normalization, layers::NormalizationOptions,
                          layers::LayerOf<layers::Normalization, layers::Adapted>>;
}  // namespace keratin
