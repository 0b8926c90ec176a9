// SPDX-License-Identifier: Apache-2.0
// keratin._core: what the Python package is made of. Not for users, who import keratin.layers and
// the like.
#include "bindings.h"

NB_MODULE(_core, m) {
  using namespace keratin::python;
  m.attr("__version__") = KERATIN_VERSION;
  bind_errors(m);
  bind_callbacks(m);
  bind_layers(m);
  bind_models(m);
  bind_random(m);
  bind_regularizers(m);
  bind_utils(m);
}
