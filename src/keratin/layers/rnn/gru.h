// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/rnn/fused_cell.h"
#include "keratin/layers/rnn/recurrent.h"

namespace keratin::layers {

struct GRUCellOptions {
  std::int64_t units = 0;  // must be given
  Identifier<const activations::Activation> activation = "tanh";
  Identifier<const activations::Activation> recurrent_activation = "sigmoid";  // of the gates
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
  bool reset_after = true;  // of the product with the state, as cuDNN does; else before it
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// The cell of GRU: a step of it.
///   input    float32 (B, N), and "states" h, (B, units)
///   outputs  h, and the same as the state behind the step
class GRUCell final : public Configured<GRUCell, GRUCellOptions, LayerOf<GRUCell, FusedCell>> {
 public:
  static constexpr std::string_view kName = "GRUCell";
  explicit GRUCell(const GRUCellOptions& options);
};

struct GRUOptions {
  std::int64_t units = 0;  // must be given
  Identifier<const activations::Activation> activation = "tanh";
  Identifier<const activations::Activation> recurrent_activation = "sigmoid";  // of the gates
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
  bool unroll = false;      // takes no other numbers, nor time: T must be known
  bool reset_after = true;  // of the product with the state, as cuDNN does; else before it
  bool zero_output_for_mask = false;
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// K. Cho et al., "Learning phrase representations using RNN encoder-decoder", arXiv:1406.1078,
/// with the gates z, r, h and the state h.
class GRU final : public Configured<GRU, GRUOptions, LayerOf<GRU, Recurrent>> {
 public:
  static constexpr std::string_view kName = "GRU";
  explicit GRU(const GRUOptions& options);
};

}  // namespace keratin::layers
