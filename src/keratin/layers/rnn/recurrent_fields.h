// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "keratin/base/auto_name.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/layers/rnn/fused_cell.h"
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
void run_fields(F& f, Options& o) {
  common_fields(f, o);
  f("return_sequences", o.return_sequences);
  f("return_state", o.return_state);
  f("go_backwards", o.go_backwards);
  f("stateful", o.stateful);
  f("unroll", o.unroll);
  f("zero_output_for_mask", o.zero_output_for_mask);
}

template <class F, class Options>
void recurrent_fields(F& f, Options& o) {
  run_fields(f, o);
  cell_fields(f, o);
}

template <class Options>
void as_it_stands(const Recurrent& layer, Options& o) {
  as_it_stands(static_cast<const Layer&>(layer), o);
  o.zero_output_for_mask = layer.how().zero_output_for_mask;
}

/// The options of a cell among those of a class: those that both have.
template <class CellOptions, class Options>
CellOptions cell_options(const Options& o) {
  CellOptions cell{};
  cell.units = o.units;
  cell.activation = o.activation;
  if constexpr (requires { o.recurrent_activation; })
    cell.recurrent_activation = o.recurrent_activation;
  cell.use_bias = o.use_bias;
  if constexpr (requires { o.unit_forget_bias; }) cell.unit_forget_bias = o.unit_forget_bias;
  if constexpr (requires { o.reset_after, cell.reset_after; }) cell.reset_after = o.reset_after;
  cell.kernel_initializer = o.kernel_initializer;
  cell.recurrent_initializer = o.recurrent_initializer;
  cell.bias_initializer = o.bias_initializer;
  cell.kernel_regularizer = o.kernel_regularizer;
  cell.recurrent_regularizer = o.recurrent_regularizer;
  cell.bias_regularizer = o.bias_regularizer;
  cell.kernel_constraint = o.kernel_constraint;
  cell.recurrent_constraint = o.recurrent_constraint;
  cell.bias_constraint = o.bias_constraint;
  cell.dropout = o.dropout;
  cell.recurrent_dropout = o.recurrent_dropout;
  cell.seed = o.seed;
  return cell;
}

template <class Options>
CellSpec cell_spec(ops::nn::CellKind kind, const Options& o) {
  CellSpec spec = cell_options<CellSpec>(o);
  spec.kind = kind;
  return spec;
}

/// That of a layer, under Keras's name of its class. What is refused uses up no automatic name.
template <class CellOfLayer, class Options>
std::shared_ptr<CellOfLayer> cell_of_layer(std::string_view layer, const Options& o) {
  if (o.units <= 0) invalid_argument(layer, "units must be positive. Received: ", o.units);
  auto options = cell_options<typename CellOfLayer::Options>(o);
  options.name = to_snake_case(CellOfLayer::kName);
  options.trainable = o.trainable;
  return std::make_shared<CellOfLayer>(std::move(options));
}

template <class Options>
Recurrent::Run run_of(const Options& o) {
  return {o.return_sequences, o.return_state, o.go_backwards,
          o.stateful,         o.unroll,       o.zero_output_for_mask};
}

}  // namespace keratin::layers
