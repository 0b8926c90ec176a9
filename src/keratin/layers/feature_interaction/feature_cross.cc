// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/feature_interaction/feature_cross.h"

#include <array>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/another_initializer.h"
#include "keratin/layers/dense.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/composed.h"

namespace keratin::layers {
namespace {

constexpr std::array<std::string_view, 2> kCrossed = {"x0", "x"};

const FeatureCrossOptions& checked(const FeatureCrossOptions& o) {
  if (o.projection_dim && *o.projection_dim <= 0) {
    invalid_argument("FeatureCross",
                     "projection_dim must be None or positive. Received: ", *o.projection_dim);
  }
  if (o.diag_scale && !(*o.diag_scale >= 0)) {
    invalid_argument("FeatureCross",
                     "diag_scale must be None, 0 or positive. Received: ", *o.diag_scale);
  }
  return o;
}

}  // namespace

template <class F>
void fields(F& f, FeatureCrossOptions& o) {
  base_fields(f, o);
  f("projection_dim", o.projection_dim);
  f("diag_scale", o.diag_scale);
  f("use_bias", o.use_bias);
  f("pre_activation", o.pre_activation);
  f("kernel_initializer", o.kernel_initializer);
  f("bias_initializer", o.bias_initializer);
  f("kernel_regularizer", o.kernel_regularizer);
  f("bias_regularizer", o.bias_regularizer);
}

FeatureCross::FeatureCross(FeatureCrossOptions options)
    : Configured(options, base_options(kName, checked(options))) {
  if (!options_.pre_activation) options_.pre_activation = "linear";
}

std::span<const std::string_view> FeatureCross::value_names() const { return kCrossed; }

std::string_view FeatureCross::name_of_part(std::size_t i) const {
  return i + 1 < parts_.size() ? "down_proj_dense" : "dense";
}

Shape FeatureCross::compute_output_shape(const Shape& input_shape) const {
  if (input_shape.rank() == 0 || (built() && input_shape.back() != build_shapes()[0].back())) {
    invalid_argument("FeatureCross", "layer '", name(),
                     "' takes the number of features that it was built for, on the last axis. "
                     "Received shape: ",
                     input_shape);
  }
  return input_shape;
}

std::vector<Spec> FeatureCross::compute_output_spec(const Inputs& inputs) const {
  const Shape& shape = inputs[0].shape();
  if (inputs.size() > 2) {
    invalid_argument("FeatureCross", "layer '", name(),
                     "' takes x0 and maybe x. Received: ", inputs.size(), " values");
  }
  if (inputs.size() == 2 && inputs[1].shape() != shape) {
    invalid_argument("FeatureCross", "layer '", name(),
                     "': x0 and x must have the same shape. Received: ", shape, " and ",
                     inputs[1].shape());
  }
  return {{compute_output_shape(shape), DType::kFloat32}};
}

void FeatureCross::build_weights(std::span<const Spec> inputs) {
  const Shape& shape = inputs[0].shape;
  if (shape.rank() == 0 || shape.back() == kNone) {
    invalid_argument("FeatureCross", "layer '", name(),
                     "' needs the last axis of its inputs to be known. Received shape: ", shape);
  }
  std::vector<std::shared_ptr<Layer>> parts;
  Shape between = shape;
  if (options_.projection_dim) {
    parts.push_back(
        shared(Dense({.units = *options_.projection_dim,
                      .use_bias = false,
                      .kernel_initializer = another_initializer(options_.kernel_initializer),
                      .kernel_regularizer = options_.kernel_regularizer,
                      .trainable = trainable()})));
    parts.back()->build(shape);
    between[between.rank() - 1] = *options_.projection_dim;
  }
  parts.push_back(
      shared(Dense({.units = shape.back(),
                    .activation = options_.pre_activation,
                    .use_bias = options_.use_bias,
                    .kernel_initializer = another_initializer(options_.kernel_initializer),
                    .bias_initializer = another_initializer(options_.bias_initializer),
                    .kernel_regularizer = options_.kernel_regularizer,
                    .bias_regularizer = options_.bias_regularizer,
                    .trainable = trainable()})));
  parts.back()->build(between);
  parts_ = std::move(parts);
}

Values FeatureCross::call(const Inputs& inputs, Pass& pass) const {
  const Value x0 = inputs[0].with_mask({});
  const Value x = inputs.size() > 1 ? inputs[1].with_mask({}) : x0;
  Value y = x;
  for (const auto& part : parts_) y = part->run(Inputs(y), pass);
  if (options_.diag_scale.value_or(0) > 0)
    y = ops::add(y, ops::multiply(ops::number(static_cast<float>(*options_.diag_scale)), x));
  return ops::add(ops::multiply(x0, y), x);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::FeatureCross, layers::FeatureCrossOptions,
                          layers::LayerOf<layers::FeatureCross>>;
}  // namespace keratin
