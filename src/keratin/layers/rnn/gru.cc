// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/rnn/gru.h"

#include "keratin/base/error.h"
#include "keratin/layers/rnn/recurrent_fields.h"

namespace keratin::layers {

template <class F>
void fields(F& f, GRUOptions& o) {
  recurrent_fields(f, o);
}

GRU::GRU(GRUOptions options)
    : Configured(options, base_options(kName, options),
                 cell_of_layer(kName, "GRUCell", "gru_cell",
                               options.reset_after ? ops::nn::CellKind::kGru
                                                   : ops::nn::CellKind::kGruResetsBefore,
                               options),
                 Run{options.return_sequences, options.return_state, options.go_backwards,
                     options.stateful, options.unroll, options.zero_output_for_mask}) {}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::GRU, layers::GRUOptions,
                          layers::LayerOf<layers::GRU, layers::Recurrent>>;
}  // namespace keratin
