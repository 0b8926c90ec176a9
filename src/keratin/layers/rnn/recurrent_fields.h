// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <utility>

#include "keratin/layers/layer_fields.h"
#include "keratin/layers/rnn/recurrent.h"

/// What the options of recurrent layers and cells have in common. Not installed.
namespace keratin::layers {

/// Keras's order. A class has what its options have.
template <class F, class Options>
void cell_fields(F& f, Options& o) {
  f("units", o.units);
  f("activation", o.activation);
  if constexpr (requires { o.recurrent_activation; })
    f("recurrent_activation", o.recurrent_activation);
  f("use_bias", o.use_bias);
  f("kernel_initializer", o.kernel_initializer);
  f("recurrent_initializer", o.recurrent_initializer);
  f("bias_initializer", o.bias_initializer);
  if constexpr (requires { o.unit_forget_bias; }) f("unit_forget_bias", o.unit_forget_bias);
  f("kernel_regularizer", o.kernel_regularizer);
  f("recurrent_regularizer", o.recurrent_regularizer);
  f("bias_regularizer", o.bias_regularizer);
  if constexpr (requires { o.activity_regularizer; })
    f("activity_regularizer", o.activity_regularizer);
  f("kernel_constraint", o.kernel_constraint);
  f("recurrent_constraint", o.recurrent_constraint);
  f("bias_constraint", o.bias_constraint);
  f("dropout", o.dropout);
  f("recurrent_dropout", o.recurrent_dropout);
  if constexpr (requires { o.reset_after; }) f("reset_after", o.reset_after);
  f("seed", o.seed);
}

template <class F, class Options>
void recurrent_fields(F& f, Options& o) {
  common_fields(f, o);
  f("return_sequences", o.return_sequences);
  f("return_state", o.return_state);
  f("go_backwards", o.go_backwards);
  f("stateful", o.stateful);
  f("unroll", o.unroll);
  f("zero_output_for_mask", o.zero_output_for_mask);
  cell_fields(f, o);
}

template <class Options>
void as_it_stands(const Recurrent& layer, Options& o) {
  as_it_stands(static_cast<const Layer&>(layer), o);
  o.zero_output_for_mask = layer.how().zero_output_for_mask;
}

template <class Options>
CellSpec cell_spec(std::string_view class_name, ops::nn::CellKind kind, const Options& o) {
  CellSpec spec{.class_name = std::string(class_name), .name = o.name, .trainable = o.trainable};
  spec.kind = kind;
  spec.units = o.units;
  spec.activation = o.activation;
  if constexpr (requires { o.recurrent_activation; })
    spec.recurrent_activation = o.recurrent_activation;
  spec.use_bias = o.use_bias;
  if constexpr (requires { o.unit_forget_bias; }) spec.unit_forget_bias = o.unit_forget_bias;
  spec.kernel_initializer = o.kernel_initializer;
  spec.recurrent_initializer = o.recurrent_initializer;
  spec.bias_initializer = o.bias_initializer;
  spec.kernel_regularizer = o.kernel_regularizer;
  spec.recurrent_regularizer = o.recurrent_regularizer;
  spec.bias_regularizer = o.bias_regularizer;
  spec.kernel_constraint = o.kernel_constraint;
  spec.recurrent_constraint = o.recurrent_constraint;
  spec.bias_constraint = o.bias_constraint;
  spec.dropout = o.dropout;
  spec.recurrent_dropout = o.recurrent_dropout;
  spec.seed = o.seed;
  return spec;
}

/// That of a layer's cell, which is called `class_name`, and as Keras calls it. What is refused
/// uses up no automatic name.
template <class Options>
CellSpec cell_of_layer(std::string_view layer, std::string_view class_name, std::string_view name,
                       ops::nn::CellKind kind, const Options& o) {
  if (o.units <= 0) invalid_argument(layer, "units must be positive. Received: ", o.units);
  CellSpec spec = cell_spec(class_name, kind, o);
  spec.name = std::string(name);
  return spec;
}

}  // namespace keratin::layers
