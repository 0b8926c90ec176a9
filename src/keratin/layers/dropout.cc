// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/dropout.h"

#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/base/seed.h"
#include "keratin/base/threefry.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

auto fields = [](auto& field, auto& o) {
  field("rate", o.rate);
  field("seed", o.seed);
  if constexpr (requires { o.noise_shape; }) {
    std::optional<Shape> noise_shape;  // Keras writes None where there is none
    if (o.noise_shape.rank() != 0) noise_shape = o.noise_shape;
    field("noise_shape", noise_shape);
    if constexpr (requires { o.noise_shape = Shape(); })
      o.noise_shape = noise_shape.value_or(Shape());
  }
};

void check_rate(std::string_view who, double rate) {
  if (!(rate >= 0 && rate <= 1))
    invalid_argument(who, "rate must be between 0 and 1. Received: ", rate);
}

/// What every element of `shape` is multiplied with: 0, or 1 / (1 - rate). Kept where JAX's
/// bernoulli(key, 1 - rate) over `noise_shape` is true; its float32 uniforms are the upper 23 bits.
Tensor draw_factors(const Shape& shape, const Shape& noise_shape, double rate, std::int64_t seed,
                    std::int64_t step) {
  Tensor factors = uninitialized(shape);
  const auto out = factors.data<float>();
  random::Key key = random::key_from_seed(seed);
  key.b += static_cast<std::uint32_t>(step);  // Keras: SeedGenerator adds [0, 1] at every call
  std::vector<std::uint32_t> bits(static_cast<std::size_t>(noise_shape.size()));
  random::fill_bits(key, 0, bits);
  const auto keep = static_cast<float>(1.0 - rate);
  const float scale = rate < 1 ? 1.0F / keep : 0.0F;

  // Strides of the noise, 0 where it is broadcast; `place` counts through the elements of shape.
  const std::size_t rank = shape.rank();
  std::vector<std::int64_t> stride(rank), place(rank);
  std::int64_t size = 1;
  for (std::size_t axis = rank; axis-- > 0;) {
    stride[axis] = noise_shape[axis] == 1 ? 0 : size;
    size *= noise_shape[axis];
  }
  std::int64_t at = 0;
  for (float& factor : out) {
    const float uniform = static_cast<float>(bits[static_cast<std::size_t>(at)] >> 9) * 0x1p-23F;
    factor = uniform < keep ? scale : 0.0F;
    for (std::size_t axis = rank; axis-- > 0;) {
      at += stride[axis];
      if (++place[axis] < shape[axis]) break;
      at -= stride[axis] * shape[axis];
      place[axis] = 0;
    }
  }
  return factors;
}

Tensor product(const Tensor& x, const Tensor& factors) {
  Tensor result = uninitialized(x.shape());
  const auto a = x.data<float>();
  const auto b = factors.data<float>();
  const auto out = result.data<float>();
  // A dropped element is 0 even where x is infinite or NaN, as Keras's select makes it.
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = b[i] == 0.0F ? 0.0F : a[i] * b[i];
  return result;
}

}  // namespace

BaseDropout::BaseDropout(const LayerOptions& options, double rate,
                         const std::optional<std::int64_t>& seed)
    : Layer(options), rate_(rate), seed_(random::seed_or_default(seed)) {
  check_rate(class_name(), rate);
  build_at_init();
}

Tensor BaseDropout::drop(const Tensor& inputs, const Shape& noise_shape,
                         CallContext& context) const {
  if (!context.training || rate_ == 0) return inputs;
  context.saved = {draw_factors(inputs.shape(), noise_shape, rate_, seed_, context.step)};
  return product(inputs, context.saved[0]);
}

Tensor BaseDropout::compute_gradient(const Tensor& output_gradient, CallContext& context) {
  return context.saved.empty() ? output_gradient : product(output_gradient, context.saved[0]);
}

void BaseDropout::take_chance(const std::vector<std::int64_t>& chance) {
  seed_ = chance[0];
  next_step_ = chance[1];
}

Dropout::Dropout(DropoutOptions options)
    : BaseDropout({.class_name = "Dropout", .name = options.name, .trainable = options.trainable},
                  options.rate, options.seed),
      options_(std::move(options)) {
  for (const std::int64_t dim : options_.noise_shape) {
    if (dim != kNone && dim <= 0) {
      invalid_argument(
          "Dropout", "noise_shape must have positive dimensions. Received: ", options_.noise_shape);
    }
  }
}

DropoutOptions Dropout::options_from(const Config& config) {
  // A config writes an open dimension as null: -1 is a mistake, which a Shape could not tell.
  if (const Config* shape = config.find("noise_shape"); shape != nullptr && shape->is_list()) {
    for (const Config& dim : shape->as_list()) {
      if (dim.is_int() && dim.as_int() <= 0) {
        invalid_argument("Dropout",
                         "noise_shape must have positive dimensions. Received: ", dim.as_int());
      }
    }
  }
  return options_from_config<DropoutOptions>("Dropout", config, fields);
}

Config Dropout::get_config() const { return config_of(base_config(), options_, fields); }

Shape Dropout::compute_output_shape(const Shape& input_shape) const {
  const Shape& noise = options_.noise_shape;
  bool fits = noise.rank() == 0 || noise.rank() == input_shape.rank();
  for (std::size_t i = 0; fits && i < noise.rank(); ++i) {
    fits =
        noise[i] == 1 || noise[i] == kNone || input_shape[i] == kNone || noise[i] == input_shape[i];
  }
  if (!fits) {
    invalid_argument("Dropout", "layer '", name(), "': noise_shape ", noise,
                     " cannot be broadcast to inputs of shape ", input_shape);
  }
  return input_shape;
}

Tensor Dropout::compute(const Tensor& inputs, CallContext& context) const {
  Shape noise = inputs.shape();
  for (std::size_t i = 0; i < options_.noise_shape.rank(); ++i) {
    if (options_.noise_shape[i] != kNone) noise[i] = options_.noise_shape[i];
  }
  return drop(inputs, noise, context);
}

SpatialDropout1D::SpatialDropout1D(SpatialDropout1DOptions options)
    : BaseDropout(
          {.class_name = "SpatialDropout1D", .name = options.name, .trainable = options.trainable},
          options.rate, options.seed),
      options_(std::move(options)) {}

SpatialDropout1DOptions SpatialDropout1D::options_from(const Config& config) {
  return options_from_config<SpatialDropout1DOptions>(
      "SpatialDropout1D", without_nulls(config, {"noise_shape"}), fields);
}

Config SpatialDropout1D::get_config() const { return config_of(base_config(), options_, fields); }

Shape SpatialDropout1D::compute_output_shape(const Shape& input_shape) const {
  check_rank(input_shape, 3);
  return input_shape;
}

Tensor SpatialDropout1D::compute(const Tensor& inputs, CallContext& context) const {
  return drop(inputs, {inputs.shape()[0], 1, inputs.shape()[2]}, context);
}

}  // namespace keratin::layers
