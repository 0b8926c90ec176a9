// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/activations/elu.h"

#include <memory>

#include "keratin/activations/smooth.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/activation_ops.h"

namespace keratin::layers {

template <class F>
void fields(F& f, ELUOptions& o) {
  base_fields(f, o);
  f("alpha", o.alpha);
}

ELU::ELU(ELUOptions options) : Configured(options, base_options(kName, options)) {
  build_at_init();
}

Values ELU::call(const Inputs& inputs, Pass&) const {
  return ops::activate(
      std::make_shared<const activations::Elu>(activations::EluOptions{.alpha = options_.alpha}),
      inputs[0]);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::ELU, layers::ELUOptions, layers::LayerOf<layers::ELU>>;
}  // namespace keratin
