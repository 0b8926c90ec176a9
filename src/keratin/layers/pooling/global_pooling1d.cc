// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/pooling/global_pooling1d.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/layers/windows_fields.h"
#include "keratin/ops/nn/pooling.h"

namespace keratin::layers {

template <class F>
void fields(F& f, GlobalPooling1DOptions& o) {
  base_fields(f, o);
  f("data_format", o.data_format);
  f("keepdims", o.keepdims);
}

GlobalPooling1D::GlobalPooling1D(std::string_view class_name, const GlobalPooling1DOptions& options)
    : Layer(base_options(class_name, options)),
      channels_first_(checked_data_format(class_name, options.data_format) == "channels_first"),
      keepdims_(options.keepdims) {
  build_at_init();
}

Shape GlobalPooling1D::compute_output_shape(const Shape& input_shape) const {
  check_rank(input_shape, 3);
  const std::int64_t channels = input_shape[channels_first_ ? 1 : 2];
  if (!keepdims_) return {input_shape[0], channels};
  return channels_first_ ? Shape{input_shape[0], channels, 1} : Shape{input_shape[0], 1, channels};
}

Values GlobalPooling1D::call(const Inputs& inputs, Pass& pass) const {
  const Shape output = compute_output_shape(inputs[0].shape());
  const Value x = channels_first_ ? channels_to_end(inputs[0].with_mask({})) : inputs[0];
  const Shape& shape = x.shape();
  const Value mask = supports_masking() ? inputs.mask() : Value();
  if (mask && mask.shape() != Shape{shape[0], shape[1]}) {
    invalid_argument(class_name(), "layer '", name(), "': the mask must be of the steps, ",
                     Shape{shape[0], shape[1]}, ". Received: ", mask.shape());
  }
  const Value y = ops::nn::pool_steps(x, pooling(), mask,
                                      mask ? masked_steps(pass.mask_policy) : MaskedSteps::kNone,
                                      channels_first_ ? Shape{shape[0], shape[2]} : output);
  return channels_first_ && keepdims_ ? reshaped(y, output) : y;
}

GlobalAveragePooling1D::GlobalAveragePooling1D(GlobalPooling1DOptions options)
    : Configured(options, kName, options) {}

GlobalSumPooling1D::GlobalSumPooling1D(GlobalPooling1DOptions options)
    : Configured(options, kName, options) {}

GlobalMaxPooling1D::GlobalMaxPooling1D(GlobalPooling1DOptions options)
    : Configured(options, kName, options) {}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::GlobalAveragePooling1D, layers::GlobalPooling1DOptions,
                          layers::LayerOf<layers::GlobalAveragePooling1D, layers::GlobalPooling1D>>;
template class Configured<layers::GlobalSumPooling1D, layers::GlobalPooling1DOptions,
                          layers::LayerOf<layers::GlobalSumPooling1D, layers::GlobalPooling1D>>;
template class Configured<layers::GlobalMaxPooling1D, layers::GlobalPooling1DOptions,
                          layers::LayerOf<layers::GlobalMaxPooling1D, layers::GlobalPooling1D>>;
}  // namespace keratin
