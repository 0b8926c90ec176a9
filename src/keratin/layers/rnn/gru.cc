// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/rnn/gru.h"

#include "keratin/layers/rnn/recurrent_fields.h"

namespace keratin::layers {

template <class F>
void fields(F& f, GRUCellOptions& o) {
  common_fields(f, o);
  cell_fields(f, o);
}

template <class F>
void fields(F& f, GRUOptions& o) {
  recurrent_fields(f, o);
}

GRUCell::GRUCell(const GRUCellOptions& options)
    : Configured(options, base_options(kName, options),
                 cell_spec(options.reset_after ? ops::nn::CellKind::kGru
                                               : ops::nn::CellKind::kGruResetsBefore,
                           options)) {}

GRU::GRU(const GRUOptions& options)
    : Configured(options, base_options(kName, options), cell_of_layer<GRUCell>(kName, options),
                 run_of(options)) {}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::GRUCell, layers::GRUCellOptions,
                          layers::LayerOf<layers::GRUCell, layers::FusedCell>>;
template class Configured<layers::GRU, layers::GRUOptions,
                          layers::LayerOf<layers::GRU, layers::Recurrent>>;
}  // namespace keratin
