// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/activations/leaky_relu.h"

#include <memory>

#include "keratin/activations/piecewise.h"
#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/activation_ops.h"

namespace keratin::layers {
namespace {

/// Keras 2 called it alpha.
void alpha_field(FieldWriter&, double) {}
void alpha_field(FieldReader& reader, double& slope) { reader("alpha", slope); }

}  // namespace

template <class F>
void fields(F& f, LeakyReLUOptions& o) {
  base_fields(f, o);
  alpha_field(f, o.negative_slope);
  f("negative_slope", o.negative_slope);
}

LeakyReLU::LeakyReLU(LeakyReLUOptions options) : Configured(options, base_options(kName, options)) {
  if (!(options_.negative_slope >= 0)) {
    invalid_argument(kName,
                     "negative_slope of a Leaky ReLU layer cannot be a negative value. Received: ",
                     options_.negative_slope);
  }
  build_at_init();
}

Values LeakyReLU::call(const Inputs& inputs, Pass&) const {
  return ops::activate(std::make_shared<const activations::LeakyRelu>(activations::LeakyReluOptions{
                           .negative_slope = options_.negative_slope}),
                       inputs[0]);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::LeakyReLU, layers::LeakyReLUOptions,
                          layers::LayerOf<layers::LeakyReLU>>;
}  // namespace keratin
