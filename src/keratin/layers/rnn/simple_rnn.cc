// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/rnn/simple_rnn.h"

#include "keratin/layers/rnn/recurrent_fields.h"

namespace keratin::layers {

template <class F>
void fields(F& f, SimpleRNNCellOptions& o) {
  common_fields(f, o);
  cell_fields(f, o);
}

template <class F>
void fields(F& f, SimpleRNNOptions& o) {
  recurrent_fields(f, o);
}

SimpleRNNCell::SimpleRNNCell(const SimpleRNNCellOptions& options)
    : Configured(options, base_options(kName, options),
                 cell_spec(ops::nn::CellKind::kSimple, options)) {}

SimpleRNN::SimpleRNN(const SimpleRNNOptions& options)
    : Configured(options, base_options(kName, options),
                 cell_of_layer<SimpleRNNCell>(kName, options), run_of(options)) {}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::SimpleRNNCell, layers::SimpleRNNCellOptions,
                          layers::LayerOf<layers::SimpleRNNCell, layers::FusedCell>>;
template class Configured<layers::SimpleRNN, layers::SimpleRNNOptions,
                          layers::LayerOf<layers::SimpleRNN, layers::Recurrent>>;
}  // namespace keratin
