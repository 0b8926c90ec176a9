// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/activations/relu.h"

#include <memory>
#include <utility>

#include "keratin/activations/piecewise.h"
#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/activation_ops.h"

namespace keratin::layers {

template <class F>
void fields(F& f, ReLUOptions& o) {
  base_fields(f, o);
  f("max_value", o.max_value);
  f("negative_slope", o.negative_slope);
  f("threshold", o.threshold);
}

ReLU::ReLU(ReLUOptions options) : Configured(options, base_options(kName, options)) {
  if (options_.max_value && !(*options_.max_value >= 0)) {
    invalid_argument("ReLU", "max_value of a ReLU layer cannot be a negative value. Received: ",
                     *options_.max_value);
  }
  if (!(options_.negative_slope >= 0)) {
    invalid_argument("ReLU",
                     "negative_slope of a ReLU layer cannot be a negative value. Received: ",
                     options_.negative_slope);
  }
  if (!(options_.threshold >= 0)) {
    invalid_argument("ReLU", "threshold of a ReLU layer cannot be a negative value. Received: ",
                     options_.threshold);
  }
  build_at_init();
}

Shape ReLU::compute_output_shape(const Shape& input_shape) const { return input_shape; }

Values ReLU::call(const Inputs& inputs, Pass&) const {
  const auto relu = std::make_shared<const activations::Relu>(
      activations::ReluOptions{.negative_slope = options_.negative_slope,
                               .max_value = options_.max_value,
                               .threshold = options_.threshold});
  return ops::activate(relu, inputs[0]);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::ReLU, layers::ReLUOptions, layers::LayerOf<layers::ReLU>>;
}  // namespace keratin
