// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/pooling/base_adaptive_pooling.h"

#include "keratin/layers/layer_fields.h"
#include "keratin/layers/windows_fields.h"
#include "keratin/ops/nn/window_pooling.h"

namespace keratin::layers {

using ops::nn::Spans;

const AdaptivePoolingOptions& BaseAdaptivePooling::checked(std::string_view who, std::size_t axes,
                                                           AdaptivePoolingOptions& o) {
  o.output_size = o.output_size.checked(who, "output_size", axes);
  o.data_format = checked_data_format(who, o.data_format);
  return o;
}

BaseAdaptivePooling::BaseAdaptivePooling(std::string_view class_name, Pooling pooling,
                                         const AdaptivePoolingOptions& options)
    : Layer(base_options(class_name, options)),
      pooling_(pooling),
      output_size_(options.output_size),
      channels_first_(options.data_format == "channels_first") {
  build_at_init();
}

Shape BaseAdaptivePooling::compute_output_shape(const Shape& input_shape) const {
  if (!output_size_) wrong_moment(class_name(), "the layer was moved from.");
  check_rank(input_shape, output_size_.size() + 2);
  Shape result = input_shape;
  for (std::size_t axis = 0; axis < output_size_.size(); ++axis) {
    std::int64_t& steps = result[axis + (channels_first_ ? 2 : 1)];
    if (steps == 0 || steps > ops::nn::Windows::kLargest) {
      invalid_argument(class_name(), "layer '", name(), "': inputs must have 1 to ",
                       ops::nn::Windows::kLargest, " steps to share out. Received: a shape of ",
                       input_shape);
    }
    steps = output_size_[axis];
  }
  return result;
}

Values BaseAdaptivePooling::call(const Inputs& inputs, Pass&) const {
  Value x = channels_first_ ? channels_to_end(inputs[0]) : inputs[0];
  if (output_size_.size() == 1) {
    x = ops::nn::pool_windows(x, pooling_, Spans(), Spans::adaptive(x.shape()[1], output_size_[0]));
  } else {
    // Axis by axis, as Keras: of equal maxima that decides which has the slope.
    const auto all = [](std::int64_t steps) { return Spans::adaptive(steps, steps); };
    const std::int64_t columns = x.shape()[2];
    x = ops::nn::pool_windows(x, pooling_, Spans::adaptive(x.shape()[1], output_size_[0]),
                              all(columns));
    x = ops::nn::pool_windows(x, pooling_, all(output_size_[0]),
                              Spans::adaptive(columns, output_size_[1]));
  }
  return channels_first_ ? channels_to_front(x) : x;
}

}  // namespace keratin::layers
