// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/rnn/lstm.h"

#include "keratin/base/error.h"
#include "keratin/layers/rnn/recurrent_fields.h"

namespace keratin::layers {

template <class F>
void fields(F& f, LSTMOptions& o) {
  recurrent_fields(f, o);
}

LSTM::LSTM(LSTMOptions options)
    : Configured(options, base_options(kName, options),
                 cell_of_layer(kName, "LSTMCell", "lstm_cell", ops::nn::CellKind::kLstm, options),
                 Run{options.return_sequences, options.return_state, options.go_backwards,
                     options.stateful, options.unroll, options.zero_output_for_mask}) {}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::LSTM, layers::LSTMOptions,
                          layers::LayerOf<layers::LSTM, layers::Recurrent>>;
}  // namespace keratin
