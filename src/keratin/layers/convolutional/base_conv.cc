// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/convolutional/base_conv.h"

#include <algorithm>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/convolutional/conv_fields.h"
#include "keratin/ops/activation_ops.h"
#include "keratin/ops/nn/convolution.h"

namespace keratin::layers {
namespace {

WindowSizes windows_of(const ConvOptions& o) {
  return {o.kernel_size, o.strides, o.dilation_rate, padding_of(o.padding)};
}

}  // namespace

const ConvOptions& BaseConv::checked(std::string_view who, std::size_t axes, ConvOptions& o) {
  check_filters(who, o.filters);
  if (o.groups <= 0) invalid_argument(who, "groups must be positive. Received: ", o.groups);
  if (o.filters % o.groups != 0) {
    invalid_argument(who, "filters must be divisible by groups. Received: filters=", o.filters,
                     ", groups=", o.groups);
  }
  o.kernel_size = o.kernel_size.checked(who, "kernel_size", axes);
  o.strides = o.strides.checked(who, "strides", axes);
  o.dilation_rate = o.dilation_rate.checked(who, "dilation_rate", axes);
  o.padding = checked_padding(who, o.padding, axes == 1);
  o.data_format = checked_data_format(who, o.data_format);
  check_not_both(who, o.strides, o.dilation_rate);
  if (!o.activation) o.activation = "linear";
  return o;
}

BaseConv::BaseConv(std::string_view class_name, const ConvOptions& options)
    : Layer(base_options(class_name, options)), conv_(options) {}

Shape BaseConv::compute_output_shape(const Shape& input_shape) const {
  const std::size_t axes = conv_.kernel_size.size();
  check_rank(input_shape, axes + 2);
  const std::size_t axis = channels_axis(conv_.data_format, input_shape.rank());
  check_channels(*this, input_shape, axis,
                 built() ? weight(0).shape().dim(-2) * conv_.groups : kNone);
  if (input_shape[axis] % conv_.groups != 0) {
    invalid_argument(class_name(), "layer '", name(),
                     "': the channels must be divisible by groups=", conv_.groups,
                     ". Received shape: ", input_shape);
  }
  Shape shape = windows_of(conv_).output_shape(*this, input_shape, axis == 1 ? 2 : 1);
  shape[axis] = conv_.filters;
  return conv_.activation->compute_output_shape(shape);
}

void BaseConv::build_weights(const Shape& input_shape) {
  Shape kernel(conv_.kernel_size.list());
  kernel.push_back(input_shape[channels_axis(conv_.data_format, input_shape.rank())] /
                   conv_.groups);
  kernel.push_back(conv_.filters);
  add_weight(kernel_weight(conv_, kernel));
  if (conv_.use_bias) add_weight(bias_weight(conv_, {conv_.filters}));
}

Values BaseConv::call(const Inputs& inputs, Pass& pass) const {
  const bool first = conv_.data_format == "channels_first";
  const Value x = first ? channels_to_end(inputs[0]) : inputs[0];
  const auto [rows, columns] = windows_of(conv_).on(x.shape());
  Value y = ops::nn::convolution(x, value(0, pass), conv_.use_bias ? value(1, pass) : Value(),
                                 {.rows = rows, .columns = columns, .groups = conv_.groups});
  if (first) y = channels_to_front(y);
  return ops::activated(conv_.activation.shared(), std::move(y));
}

}  // namespace keratin::layers
