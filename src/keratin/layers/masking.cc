// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/masking.h"

#include <algorithm>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/graph/op.h"
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

/// Which steps differ from the value somewhere. Keras: any(not_equal(inputs, mask_value), axis=-1).
class StepsThatDiffer final : public Op {
 public:
  explicit StepsThatDiffer(float value) : value_(value) {}
  std::string_view class_name() const override { return "Any"; }
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override {
    return {{steps_of(inputs[0].shape()), DType::kBool}};
  }
  Result forward(const Arguments& x) const override {
    Tensor mask = uninitialized(steps_of(x[0].shape()), DType::kBool);
    const auto out = mask.data<bool>();
    const Tensor floats = cast(x[0], DType::kFloat32);
    const auto values = floats.data<float>();
    const std::size_t width = out.empty() ? 0 : values.size() / out.size();
    for (std::size_t step = 0; step < out.size(); ++step) {
      const auto of_step = values.subspan(step * width, width);
      out[step] =
          std::any_of(of_step.begin(), of_step.end(), [this](float v) { return v != value_; });
    }
    return {mask};
  }

 private:
  static Shape steps_of(const Shape& shape) {
    Shape steps;
    for (std::size_t i = 0; i + 1 < shape.rank(); ++i) steps.push_back(shape[i]);
    return steps;
  }
  float value_;
};

}  // namespace

Masking::Masking(MaskingOptions options)
    : LayerOf({.class_name = "Masking", .name = options.name, .trainable = options.trainable}),
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

Values Masking::compute_mask(const Inputs& inputs) const {
  return apply_op(std::make_shared<const StepsThatDiffer>(static_cast<float>(options_.mask_value)),
                  inputs[0].constant());
}

Values Masking::call(const Inputs& inputs, Pass&) const {
  const Tensor mask = Value(compute_mask(inputs)).tensor();
  return compute({&inputs[0]}, [&](const Arguments& x) {
    Result result{masked(x[0], mask)};
    if (x.wants_any()) {
      result.pullback = [mask](Slopes& slopes) { slopes.add(0, masked(slopes.of(), mask)); };
    }
    return result;
  });
}

}  // namespace keratin::layers
