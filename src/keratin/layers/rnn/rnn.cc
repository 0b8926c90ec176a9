// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/rnn/rnn.h"

#include "keratin/layers/rnn/recurrent_fields.h"

namespace keratin::layers {

template <class F>
void fields(F& f, RNNOptions& o) {
  run_fields(f, o);
  f("cell", o.cell);
  where_set(f, "activity_regularizer", o.activity_regularizer);
}

RNN::RNN(const RNNOptions& options)
    : Configured(options, base_options(kName, options), cell_from(kName, options.cell.shared()),
                 run_of(options)) {}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::RNN, layers::RNNOptions,
                          layers::LayerOf<layers::RNN, layers::Recurrent>>;
}  // namespace keratin
