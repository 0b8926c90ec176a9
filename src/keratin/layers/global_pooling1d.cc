// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/global_pooling1d.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/nn/pooling.h"

namespace keratin::layers {
namespace {

auto fields = [](auto& field, auto& o) {
  field("data_format", o.data_format);
  field("keepdims", o.keepdims);
};

}  // namespace

GlobalPooling1D::GlobalPooling1D(std::string class_name, GlobalPooling1DOptions options)
    : Layer({.class_name = std::move(class_name),
             .name = options.name,
             .trainable = options.trainable}),
      options_(std::move(options)) {
  check_channels_last(this->class_name(), options_.data_format);
  build_at_init();
}

GlobalPooling1DOptions GlobalPooling1D::options_of(std::string_view class_name,
                                                   const Config& config) {
  return options_from_config<GlobalPooling1DOptions>(class_name, config, fields);
}

Config GlobalPooling1D::get_config() const { return config_of(base_config(), options_, fields); }

Shape GlobalPooling1D::compute_output_shape(const Shape& input_shape) const {
  check_rank(input_shape, 3);
  if (options_.keepdims) return {input_shape[0], 1, input_shape[2]};
  return {input_shape[0], input_shape[2]};
}

Values GlobalPooling1D::call(const Inputs& inputs, Pass& pass) const {
  const Value mask = supports_masking() ? inputs.mask() : Value();
  return ops::nn::pool_steps(inputs[0], pooling(), mask,
                             mask ? masked_steps(pass.mask_policy) : MaskedSteps::kNone,
                             compute_output_shape(inputs[0].shape()));
}

GlobalAveragePooling1D::GlobalAveragePooling1D(GlobalPooling1DOptions options)
    : LayerOf("GlobalAveragePooling1D", std::move(options)) {}

GlobalPooling1DOptions GlobalAveragePooling1D::options_from(const Config& config) {
  return options_of("GlobalAveragePooling1D", config);
}

GlobalSumPooling1D::GlobalSumPooling1D(GlobalPooling1DOptions options)
    : LayerOf("GlobalSumPooling1D", std::move(options)) {}

GlobalPooling1DOptions GlobalSumPooling1D::options_from(const Config& config) {
  return options_of("GlobalSumPooling1D", config);
}

GlobalMaxPooling1D::GlobalMaxPooling1D(GlobalPooling1DOptions options)
    : LayerOf("GlobalMaxPooling1D", std::move(options)) {}

GlobalPooling1DOptions GlobalMaxPooling1D::options_from(const Config& config) {
  return options_of("GlobalMaxPooling1D", config);
}

}  // namespace keratin::layers
