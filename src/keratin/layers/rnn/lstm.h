// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/rnn/fused_cell.h"
#include "keratin/layers/rnn/recurrent.h"

namespace keratin::layers {

struct LSTMCellOptions {
  std::int64_t units = 0;  // must be given
  Identifier<const activations::Activation> activation = "tanh";
  Identifier<const activations::Activation> recurrent_activation = "sigmoid";  // of the gates
  bool use_bias = true;
  Identifier<const initializers::Initializer> kernel_initializer = "glorot_uniform";
  Identifier<const initializers::Initializer> recurrent_initializer = "orthogonal";
  Identifier<const initializers::Initializer> bias_initializer = "zeros";
  bool unit_forget_bias = true;  // the bias of the forget gate begins as 1
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

/// The cell of LSTM: a step of it.
///   input    float32 (B, N), and "states" h and c, (B, units) each
///   outputs  h, and the states h and c behind the step
class LSTMCell final : public Configured<LSTMCell, LSTMCellOptions, LayerOf<LSTMCell, FusedCell>> {
 public:
  static constexpr std::string_view kName = "LSTMCell";
  explicit LSTMCell(const LSTMCellOptions& options);
};

struct LSTMOptions {
  std::int64_t units = 0;  // must be given
  Identifier<const activations::Activation> activation = "tanh";
  Identifier<const activations::Activation> recurrent_activation = "sigmoid";  // of the gates
  bool use_bias = true;
  Identifier<const initializers::Initializer> kernel_initializer = "glorot_uniform";
  Identifier<const initializers::Initializer> recurrent_initializer = "orthogonal";
  Identifier<const initializers::Initializer> bias_initializer = "zeros";
  bool unit_forget_bias = true;  // the bias of the forget gate begins as 1
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

/// S. Hochreiter, J. Schmidhuber, "Long short-term memory", Neural Computation 9(8), 1997, with the
/// gates i, f, c, o and the states h, c.
class LSTM final : public Configured<LSTM, LSTMOptions, LayerOf<LSTM, Recurrent>> {
 public:
  static constexpr std::string_view kName = "LSTM";
  explicit LSTM(const LSTMOptions& options);
};

}  // namespace keratin::layers
