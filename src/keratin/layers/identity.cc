// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/identity.h"

#include <utility>

#include "keratin/layers/layer_fields.h"

namespace keratin::layers {

template <class F>
void fields(F& f, IdentityOptions& o) {
  base_fields(f, o);
}

Identity::Identity(IdentityOptions options) : Configured(options, base_options(kName, options)) {
  build_at_init();
}

Shape Identity::compute_output_shape(const Shape& input_shape) const { return input_shape; }

Values Identity::call(const Inputs& inputs, Pass&) const { return inputs[0]; }

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::Identity, layers::IdentityOptions,
                          layers::LayerOf<layers::Identity>>;
}  // namespace keratin
