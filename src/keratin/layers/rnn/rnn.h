// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/rnn/recurrent.h"

namespace keratin::layers {

struct RNNOptions {
  Identifier<Layer> cell = {};    // a Cell; must be given
  bool return_sequences = false;  // the outputs of all steps, not the last alone
  bool return_state = false;
  bool go_backwards = false;  // the last step first: outputs stand in that order
  bool stateful = false;
  bool unroll = false;  // takes no other numbers, nor time: T must be known
  bool zero_output_for_mask = false;
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// A cell over the steps of a sequence: see Recurrent. Of an LSTMCell, GRUCell or SimpleRNNCell, or
/// StackedRNNCells of them, it is as fast as LSTM, GRU and SimpleRNN, with the same bits.
class RNN final : public Configured<RNN, RNNOptions, LayerOf<RNN, Recurrent>> {
 public:
  static constexpr std::string_view kName = "RNN";
  /// Throws std::invalid_argument unless `cell` is a Cell (cell_from()).
  explicit RNN(const RNNOptions& options);
};

}  // namespace keratin::layers
