// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/rnn/fused_cell.h"
#include "keratin/layers/rnn/recurrent.h"

namespace keratin::layers {

struct SimpleRNNCellOptions {
  std::int64_t units = 0;  // must be given
  Identifier<const activations::Activation> activation = "tanh";
  bool use_bias = true;
  Identifier<const initializers::Initializer> kernel_initializer = "glorot_uniform";
  Identifier<const initializers::Initializer> recurrent_initializer = "orthogonal";
  Identifier<const initializers::Initializer> bias_initializer = "zeros";
  Identifier<const regularizers::Regularizer> kernel_regularizer = {};
  Identifier<const regularizers::Regularizer> recurrent_regularizer = {};
  Identifier<const regularizers::Regularizer> bias_regularizer = {};
  Identifier<const constraints::Constraint> kernel_constraint = {};
  Identifier<const constraints::Constraint> recurrent_constraint = {};
  Identifier<const constraints::Constraint> bias_constraint = {};
  double dropout = 0;            // share of the inputs that is set to 0 in training
  double recurrent_dropout = 0;  // share of the state that the sums of the gates do not see
  std::optional<std::int64_t> seed = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// The cell of SimpleRNN: a step of it.
///   input    float32 (B, N), and "states" h, (B, units)
///   outputs  h, and the same as the state behind the step
class SimpleRNNCell final
    : public Configured<SimpleRNNCell, SimpleRNNCellOptions, LayerOf<SimpleRNNCell, FusedCell>> {
 public:
  static constexpr std::string_view kName = "SimpleRNNCell";
  explicit SimpleRNNCell(const SimpleRNNCellOptions& options);
};

struct SimpleRNNOptions {
  std::int64_t units = 0;  // must be given
  Identifier<const activations::Activation> activation = "tanh";
  bool use_bias = true;
  Identifier<const initializers::Initializer> kernel_initializer = "glorot_uniform";
  Identifier<const initializers::Initializer> recurrent_initializer = "orthogonal";
  Identifier<const initializers::Initializer> bias_initializer = "zeros";
  Identifier<const regularizers::Regularizer> kernel_regularizer = {};
  Identifier<const regularizers::Regularizer> recurrent_regularizer = {};
  Identifier<const regularizers::Regularizer> bias_regularizer = {};
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  Identifier<const constraints::Constraint> kernel_constraint = {};
  Identifier<const constraints::Constraint> recurrent_constraint = {};
  Identifier<const constraints::Constraint> bias_constraint = {};
  double dropout = 0;            // share of the inputs that is set to 0 in training
  double recurrent_dropout = 0;  // share of the state that the sums of the gates do not see
  std::optional<std::int64_t> seed = {};
  bool return_sequences = false;  // the outputs of all steps, not the last alone
  bool return_state = false;
  bool go_backwards = false;  // the last step first: outputs stand in that order
  bool stateful = false;
  bool unroll = false;  // takes no other numbers, nor time: T must be known
  bool zero_output_for_mask = false;
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// h' = activation(x kernel + bias + h recurrent_kernel), which is the output and the state.
class SimpleRNN final
    : public Configured<SimpleRNN, SimpleRNNOptions, LayerOf<SimpleRNN, Recurrent>> {
 public:
  static constexpr std::string_view kName = "SimpleRNN";
  explicit SimpleRNN(const SimpleRNNOptions& options);
};

}  // namespace keratin::layers
