// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/rnn/simple_rnn.h"

#include "keratin/base/error.h"
#include "keratin/layers/rnn/recurrent_fields.h"

namespace keratin::layers {

template <class F>
void fields(F& f, SimpleRNNOptions& o) {
  recurrent_fields(f, o);
}

SimpleRNN::SimpleRNN(SimpleRNNOptions options)
    : Configured(options, base_options(kName, options),
                 cell_of_layer(kName, "SimpleRNNCell", "simple_rnn_cell",
                               ops::nn::CellKind::kSimple, options),
                 Run{options.return_sequences, options.return_state, options.go_backwards,
                     options.stateful, options.unroll, options.zero_output_for_mask}) {}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::SimpleRNN, layers::SimpleRNNOptions,
                          layers::LayerOf<layers::SimpleRNN, layers::Recurrent>>;
}  // namespace keratin
