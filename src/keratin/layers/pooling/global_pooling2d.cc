// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/pooling/global_pooling2d.h"

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/layers/windows_fields.h"
#include "keratin/ops/nn/pooling.h"

namespace keratin::layers {

template <class F>
void fields(F& f, GlobalPooling2DOptions& o) {
  base_fields(f, o);
  f("data_format", o.data_format);
  f("keepdims", o.keepdims);
}

GlobalPooling2D::GlobalPooling2D(std::string_view class_name, Pooling pooling,
                                 const GlobalPooling2DOptions& options)
    : Layer(base_options(class_name, options)),
      pooling_(pooling),
      channels_first_(checked_data_format(class_name, options.data_format) == "channels_first"),
      keepdims_(options.keepdims) {
  build_at_init();
}

Shape GlobalPooling2D::compute_output_shape(const Shape& input_shape) const {
  check_rank(input_shape, 4);
  const std::int64_t channels = input_shape[channels_first_ ? 1 : 3];
  if (!keepdims_) return {input_shape[0], channels};
  return channels_first_ ? Shape{input_shape[0], channels, 1, 1}
                         : Shape{input_shape[0], 1, 1, channels};
}

Values GlobalPooling2D::call(const Inputs& inputs, Pass&) const {
  const Value x = channels_first_ ? channels_to_end(inputs[0]) : inputs[0];
  const Shape& s = x.shape();
  if (pooling_ == Pooling::kMax && s[1] * s[2] == 0 && s[0] > 0) {
    invalid_argument(class_name(), "there is nothing to take the largest of. Received shape: ",
                     inputs[0].shape());
  }
  const Value y = ops::nn::pool_steps(reshaped(x, {s[0], s[1] * s[2], s[3]}), pooling_, Value(),
                                      MaskedSteps::kNone, {s[0], s[3]});
  return reshaped(y, compute_output_shape(inputs[0].shape()));
}

GlobalMaxPooling2D::GlobalMaxPooling2D(GlobalPooling2DOptions options)
    : Configured(options, kName, Pooling::kMax, options) {}

GlobalAveragePooling2D::GlobalAveragePooling2D(GlobalPooling2DOptions options)
    : Configured(options, kName, Pooling::kMean, options) {}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::GlobalMaxPooling2D, layers::GlobalPooling2DOptions,
                          layers::LayerOf<layers::GlobalMaxPooling2D, layers::GlobalPooling2D>>;
template class Configured<layers::GlobalAveragePooling2D, layers::GlobalPooling2DOptions,
                          layers::LayerOf<layers::GlobalAveragePooling2D, layers::GlobalPooling2D>>;
}  // namespace keratin
