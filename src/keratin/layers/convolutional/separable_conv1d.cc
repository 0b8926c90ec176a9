// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/convolutional/separable_conv1d.h"

#include "keratin/base/error.h"
#include "keratin/layers/convolutional/conv_fields.h"
#include "keratin/ops/activation_ops.h"
#include "keratin/ops/nn/convolution.h"
#include "keratin/ops/nn/dense.h"

namespace keratin::layers {
namespace {

template <class Options>
Options& checked_depthwise(std::string_view who, Options& o) {
  if (o.depth_multiplier <= 0 || o.depth_multiplier > INT32_MAX)
    invalid_argument(who, "depth_multiplier must be positive. Received: ", o.depth_multiplier);
  o.kernel_size = o.kernel_size.checked(who, "kernel_size", 1);
  o.strides = o.strides.checked(who, "strides", 1);
  o.dilation_rate = o.dilation_rate.checked(who, "dilation_rate", 1);
  o.padding = checked_padding(who, o.padding, false);
  o.data_format = checked_data_format(who, o.data_format);
  if (!o.activation) o.activation = "linear";
  return o;
}

template <class Options>
WindowSizes windows_of(const Options& o) {
  return {o.kernel_size, o.strides, o.dilation_rate, padding_of(o.padding)};
}

/// The shape with `width` channels in place of those of the inputs; 0: depth_multiplier each.
template <class Options>
Shape shape_behind(const Layer& layer, const Options& o, const Shape& input_shape,
                   std::int64_t built_for, std::int64_t width) {
  const std::size_t axis = channels_axis(o.data_format, input_shape.rank());
  check_channels(layer, input_shape, axis, built_for);
  Shape shape = windows_of(o).output_shape(layer, input_shape, axis == 1 ? 2 : 1);
  if (input_shape[axis] > INT64_MAX / o.depth_multiplier) {
    invalid_argument(layer.class_name(), "layer '", layer.name(),
                     "': too many channels. Received shape: ", input_shape);
  }
  shape[axis] = width != 0 ? width : input_shape[axis] * o.depth_multiplier;
  return o.activation->compute_output_shape(shape);
}

/// Of inputs whose channels stand last: each channel is a group.
template <class Options>
Value depthwise(const Options& o, const Value& x, const Value& kernel, const Value& bias) {
  const auto [rows, columns] = windows_of(o).on(x.shape());
  return ops::nn::convolution(x, kernel, bias,
                              {.rows = rows, .columns = columns, .groups = x.shape().back()});
}

template <class Options>
Value activated(const Options& o, bool to_front, const Value& y) {
  return ops::activated(o.activation.shared(), to_front ? channels_to_front(y) : y);
}

}  // namespace

template <class F>
void fields(F& f, DepthwiseConv1DOptions& o) {
  common_fields(f, o);
  f("depth_multiplier", o.depth_multiplier);
  f("kernel_size", o.kernel_size);
  f("strides", o.strides);
  f("padding", o.padding);
  f("data_format", o.data_format);
  f("dilation_rate", o.dilation_rate);
  f("activation", o.activation);
  f("use_bias", o.use_bias);
  f("depthwise_initializer", o.depthwise_initializer);
  f("bias_initializer", o.bias_initializer);
  f("depthwise_regularizer", o.depthwise_regularizer);
  f("bias_regularizer", o.bias_regularizer);
  f("activity_regularizer", o.activity_regularizer);
  f("depthwise_constraint", o.depthwise_constraint);
  f("bias_constraint", o.bias_constraint);
}

template <class F>
void fields(F& f, SeparableConv1DOptions& o) {
  common_fields(f, o);
  f("depth_multiplier", o.depth_multiplier);
  f("filters", o.filters);
  f("kernel_size", o.kernel_size);
  f("strides", o.strides);
  f("padding", o.padding);
  f("data_format", o.data_format);
  f("dilation_rate", o.dilation_rate);
  f("activation", o.activation);
  f("use_bias", o.use_bias);
  f("depthwise_initializer", o.depthwise_initializer);
  f("pointwise_initializer", o.pointwise_initializer);
  f("bias_initializer", o.bias_initializer);
  f("depthwise_regularizer", o.depthwise_regularizer);
  f("pointwise_regularizer", o.pointwise_regularizer);
  f("bias_regularizer", o.bias_regularizer);
  f("activity_regularizer", o.activity_regularizer);
  f("depthwise_constraint", o.depthwise_constraint);
  f("pointwise_constraint", o.pointwise_constraint);
  f("bias_constraint", o.bias_constraint);
}

DepthwiseConv1D::DepthwiseConv1D(DepthwiseConv1DOptions options)
    : Configured(checked_depthwise(kName, options), base_options(kName, options)) {}

Shape DepthwiseConv1D::compute_output_shape(const Shape& input_shape) const {
  check_rank(input_shape, 3);
  return shape_behind(*this, options_, input_shape, built() ? weight(0).shape()[1] : kNone, 0);
}

void DepthwiseConv1D::build_weights(const Shape& input_shape) {
  const std::int64_t channels = input_shape[channels_axis(options_.data_format, 3)];
  add_weight({.name = "kernel",
              .shape = {options_.kernel_size[0], channels, options_.depth_multiplier},
              .initializer = options_.depthwise_initializer,
              .regularizer = options_.depthwise_regularizer,
              .constraint = options_.depthwise_constraint});
  if (options_.use_bias) add_weight(bias_weight(options_, {channels * options_.depth_multiplier}));
}

Values DepthwiseConv1D::call(const Inputs& inputs, Pass& pass) const {
  const bool first = options_.data_format == "channels_first";
  const Value x = first ? channels_to_end(inputs[0]) : inputs[0];
  const Value bias = options_.use_bias ? value(1, pass) : Value();
  const Value kernel = value(0, pass);
  const Shape& k = kernel.shape();
  return activated(options_, first,
                   depthwise(options_, x, reshaped(kernel, {k[0], 1, k[1] * k[2]}), bias));
}

SeparableConv1D::SeparableConv1D(SeparableConv1DOptions options)
    : Configured((check_filters(kName, options.filters), checked_depthwise(kName, options)),
                 base_options(kName, options)) {}

Shape SeparableConv1D::compute_output_shape(const Shape& input_shape) const {
  check_rank(input_shape, 3);
  return shape_behind(*this, options_, input_shape, built() ? weight(0).shape()[1] : kNone,
                      options_.filters);
}

void SeparableConv1D::build_weights(const Shape& input_shape) {
  const std::int64_t channels = input_shape[channels_axis(options_.data_format, 3)];
  add_weight({.name = "depthwise_kernel",
              .shape = {options_.kernel_size[0], channels, options_.depth_multiplier},
              .initializer = options_.depthwise_initializer,
              .regularizer = options_.depthwise_regularizer,
              .constraint = options_.depthwise_constraint});
  add_weight({.name = "pointwise_kernel",
              .shape = {1, channels * options_.depth_multiplier, options_.filters},
              .initializer = options_.pointwise_initializer,
              .regularizer = options_.pointwise_regularizer,
              .constraint = options_.pointwise_constraint});
  if (options_.use_bias) add_weight(bias_weight(options_, {options_.filters}));
}

Values SeparableConv1D::call(const Inputs& inputs, Pass& pass) const {
  const bool first = options_.data_format == "channels_first";
  const Value x = first ? channels_to_end(inputs[0]) : inputs[0];
  const Value kernel = value(0, pass);
  const Shape& k = kernel.shape();
  const Value inner = depthwise(options_, x, reshaped(kernel, {k[0], 1, k[1] * k[2]}), Value());
  const Value pointwise = value(1, pass);
  const Shape& p = pointwise.shape();
  return activated(options_, first,
                   ops::nn::dense(inner, reshaped(pointwise, {p[1], p[2]}),
                                  options_.use_bias ? value(2, pass) : Value()));
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::DepthwiseConv1D, layers::DepthwiseConv1DOptions,
                          layers::LayerOf<layers::DepthwiseConv1D>>;
template class Configured<layers::SeparableConv1D, layers::SeparableConv1DOptions,
                          layers::LayerOf<layers::SeparableConv1D>>;
}  // namespace keratin
