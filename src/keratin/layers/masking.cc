// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/masking.h"

#include <algorithm>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

auto fields = [](auto& field, auto& o) { field("mask_value", o.mask_value); };

/// x where the step is in the mask, else 0.
Tensor masked(const Tensor& x, const Tensor& mask) {
  Tensor result = uninitialized(x.shape());
  const auto from = x.data<float>();
  const auto keep = mask.data<bool>();
  const auto to = result.data<float>();
  const std::size_t width = keep.empty() ? 0 : from.size() / keep.size();
  for (std::size_t step = 0; step < keep.size(); ++step) {
    for (std::size_t d = step * width; d < (step + 1) * width; ++d)
      to[d] = keep[step] ? from[d] : 0.0F;
  }
  return result;
}

}  // namespace

Masking::Masking(MaskingOptions options)
    : Layer({.class_name = "Masking", .name = options.name, .trainable = options.trainable}),
      options_(std::move(options)) {
  build_at_init();
}

MaskingOptions Masking::options_from(const Config& config) {
  return options_from_config<MaskingOptions>("Masking", config, fields);
}

Config Masking::get_config() const { return config_of(base_config(), options_, fields); }

Shape Masking::compute_output_shape(const Shape& input_shape) const {
  if (input_shape.rank() < 2) {
    invalid_argument("Masking", "layer '", name(),
                     "' takes inputs of at least 2 dimensions. Received shape: ", input_shape);
  }
  return input_shape;
}

Tensor Masking::compute_mask(const Tensor& inputs, const Tensor&) const {
  Shape shape;
  for (std::size_t i = 0; i + 1 < inputs.shape().rank(); ++i) shape.push_back(inputs.shape()[i]);
  Tensor mask = uninitialized(shape, DType::kBool);
  const auto out = mask.data<bool>();
  const Tensor floats = cast(inputs, DType::kFloat32);
  const auto x = std::as_const(floats).data<float>();
  const std::size_t width = out.empty() ? 0 : x.size() / out.size();
  const auto value = static_cast<float>(options_.mask_value);
  for (std::size_t step = 0; step < out.size(); ++step) {
    const auto values = x.subspan(step * width, width);
    out[step] = std::any_of(values.begin(), values.end(), [value](float v) { return v != value; });
  }
  return mask;
}

Tensor Masking::compute(const Tensor& inputs, CallContext& context) const {
  const Tensor mask = compute_mask(inputs, {});
  if (context.training) context.saved = {mask};
  return masked(inputs, mask);
}

Tensor Masking::compute_gradient(const Tensor& output_gradient, CallContext& context) {
  return masked(output_gradient, context.saved[0]);
}

}  // namespace keratin::layers
