// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/pooling/base_pooling.h"

#include "keratin/layers/pooling/pooling_fields.h"
#include "keratin/ops/nn/window_pooling.h"

namespace keratin::layers {
namespace {

WindowSizes windows_of(const PoolingOptions& o) {
  return {o.pool_size, o.strides, PerAxis(1).checked("Pooling", "dilation", o.pool_size.size()),
          padding_of(o.padding)};
}

}  // namespace

const PoolingOptions& BasePooling::checked(std::string_view who, std::size_t axes,
                                           PoolingOptions& o) {
  o.pool_size = o.pool_size.checked(who, "pool_size", axes);
  o.strides = o.strides ? o.strides.checked(who, "strides", axes) : o.pool_size;
  o.padding = checked_padding(who, o.padding, false);
  o.data_format = checked_data_format(who, o.data_format);
  return o;
}

BasePooling::BasePooling(std::string_view class_name, Pooling pooling,
                         const PoolingOptions& options)
    : Layer(base_options(class_name, options)), pooling_(pooling), windows_(options) {
  build_at_init();
}

Shape BasePooling::compute_output_shape(const Shape& input_shape) const {
  check_rank(input_shape, windows_.pool_size.size() + 2);
  const bool first = windows_.data_format == "channels_first";
  return windows_of(windows_).output_shape(*this, input_shape, first ? 2 : 1);
}

Values BasePooling::call(const Inputs& inputs, Pass&) const {
  const bool first = windows_.data_format == "channels_first";
  const Value x = first ? channels_to_end(inputs[0]) : inputs[0];
  const auto [rows, columns] = windows_of(windows_).on(x.shape());
  const Value y = ops::nn::pool_windows(x, pooling_, ops::nn::Spans(rows), ops::nn::Spans(columns));
  return first ? channels_to_front(y) : y;
}

}  // namespace keratin::layers
