// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/rnn/lstm.h"

#include "keratin/layers/rnn/recurrent_fields.h"

namespace keratin::layers {

template <class F>
void fields(F& f, LSTMCellOptions& o) {
  common_fields(f, o);
  cell_fields(f, o);
}

template <class F>
void fields(F& f, LSTMOptions& o) {
  recurrent_fields(f, o);
}

LSTMCell::LSTMCell(const LSTMCellOptions& options)
    : Configured(options, base_options(kName, options),
                 cell_spec(ops::nn::CellKind::kLstm, options)) {}

LSTM::LSTM(const LSTMOptions& options)
    : Configured(options, base_options(kName, options), cell_of_layer<LSTMCell>(kName, options),
                 run_of(options)) {}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::LSTMCell, layers::LSTMCellOptions,
                          layers::LayerOf<layers::LSTMCell, layers::FusedCell>>;
template class Configured<layers::LSTM, layers::LSTMOptions,
                          layers::LayerOf<layers::LSTM, layers::Recurrent>>;
}  // namespace keratin
