// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/convolutional/conv1d_transpose.h"

#include <algorithm>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/convolutional/conv_fields.h"
#include "keratin/ops/activation_ops.h"
#include "keratin/ops/nn/convolution.h"

namespace keratin::layers {
namespace {

Conv1DTransposeOptions& checked(Conv1DTransposeOptions& o) {
  constexpr std::string_view who = Conv1DTranspose::kName;
  check_filters(who, o.filters);
  o.kernel_size = o.kernel_size.checked(who, "kernel_size", 1);
  o.strides = o.strides.checked(who, "strides", 1);
  o.dilation_rate = o.dilation_rate.checked(who, "dilation_rate", 1);
  o.padding = checked_padding(who, o.padding, false);
  o.data_format = checked_data_format(who, o.data_format);
  check_not_both(who, o.strides, o.dilation_rate);
  if (o.output_padding) {
    o.output_padding = o.output_padding.checked(who, "output_padding", 1, 0);
    if (o.output_padding[0] >= o.strides[0]) {
      invalid_argument(who, "output_padding must be below strides. Received: output_padding=",
                       o.output_padding[0], ", strides=", o.strides[0]);
    }
  }
  if (!o.activation) o.activation = "linear";
  return o;
}

/// From the first tap of a window to behind its last.
std::int64_t span_of(const Conv1DTransposeOptions& o) {
  return (o.kernel_size.list().at(0) - 1) * o.dilation_rate.list().at(0) + 1;
}

}  // namespace

template <class F>
void fields(F& f, Conv1DTransposeOptions& o) {
  common_fields(f, o);
  f("filters", o.filters);
  f("kernel_size", o.kernel_size);
  f("strides", o.strides);
  f("padding", o.padding);
  f("output_padding", o.output_padding);
  f("data_format", o.data_format);
  f("dilation_rate", o.dilation_rate);
  f("activation", o.activation);
  f("use_bias", o.use_bias);
  kernel_and_bias_fields(f, o);
}

Conv1DTranspose::Conv1DTranspose(Conv1DTransposeOptions options)
    : Configured(checked(options), base_options(kName, options)) {}

std::int64_t Conv1DTranspose::output_steps(std::int64_t steps) const {
  const Conv1DTransposeOptions& o = options_;
  const std::int64_t span = span_of(o), stride = o.strides.list().at(0);
  if (steps == kNone) return kNone;
  if (steps == 0) return 0;
  if (steps > INT64_MAX / 4 / stride) {
    invalid_argument(kName, "layer '", name(), "': too many steps. Received: ", steps);
  }
  if (o.padding == "valid")
    return (steps - 1) * stride +
           (o.output_padding ? span + o.output_padding[0] : std::max(span, stride));
  return o.output_padding ? (steps - 1) * stride + span % 2 + o.output_padding[0] : steps * stride;
}

std::int64_t Conv1DTranspose::steps_before() const {
  const Conv1DTransposeOptions& o = options_;
  if (o.padding == "valid") return 0;
  const std::int64_t span = span_of(o);
  const std::int64_t padding =
      o.output_padding ? span + span % 2 - 2 + o.output_padding[0] : o.strides[0] + span - 2;
  return span - 1 - std::min(padding / 2 + padding % 2, span - 1);
}

Shape Conv1DTranspose::compute_output_shape(const Shape& input_shape) const {
  check_rank(input_shape, 3);
  const bool first = options_.data_format == "channels_first";
  check_channels(*this, input_shape, first ? 1 : 2, built() ? weight(0).shape()[2] : kNone);
  Shape shape = input_shape;
  shape[first ? 2 : 1] = output_steps(input_shape[first ? 2 : 1]);
  shape[first ? 1 : 2] = options_.filters;
  return options_.activation->compute_output_shape(shape);
}

void Conv1DTranspose::build_weights(const Shape& input_shape) {
  const std::int64_t channels = input_shape[channels_axis(options_.data_format, 3)];
  add_weight(kernel_weight(options_, {options_.kernel_size[0], options_.filters, channels}));
  if (options_.use_bias) add_weight(bias_weight(options_, {options_.filters}));
}

Values Conv1DTranspose::call(const Inputs& inputs, Pass& pass) const {
  const bool first = options_.data_format == "channels_first";
  const Value x = first ? channels_to_end(inputs[0]) : inputs[0];
  const ops::nn::Windows windows{.steps = output_steps(x.shape()[1]),
                                 .size = options_.kernel_size[0],
                                 .stride = options_.strides[0],
                                 .dilation = options_.dilation_rate[0],
                                 .before = steps_before(),
                                 .count = x.shape()[1]};
  Value y = ops::nn::convolution_transpose(
      x, value(0, pass), options_.use_bias ? value(1, pass) : Value(), {.columns = windows});
  if (first) y = channels_to_front(y);
  return ops::activated(options_.activation.shared(), std::move(y));
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::Conv1DTranspose, layers::Conv1DTransposeOptions,
                          layers::LayerOf<layers::Conv1DTranspose>>;
}  // namespace keratin
