// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/activations/softmax.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/activation_ops.h"
#include "keratin/ops/comparisons.h"

namespace keratin::layers {

template <class F>
void fields(F& f, SoftmaxOptions& o) {
  base_fields(f, o);
  f("axis", o.axis);
}

Softmax::Softmax(SoftmaxOptions options) : Configured(options, base_options(kName, options)) {
  build_at_init();
}

Shape Softmax::compute_output_shape(const Shape& input_shape) const { return input_shape; }

Values Softmax::call(const Inputs& inputs, Pass&) const {
  const Value& x = inputs[0];
  const Value mask = inputs.mask();
  if (!mask) return ops::softmax(x, options_.axis);
  if (mask.shape() != x.shape()) {
    invalid_argument("Softmax", "layer '", name(),
                     "': the mask must have the shape of the inputs, ", x.shape(),
                     ". Received: ", mask.shape());
  }
  // Keras: a number so small that its exponential is 0 beside any other.
  const auto number = [](float value) { return Value(Tensor::from<float>({value}, Shape{})); };
  return ops::where(mask, ops::softmax(ops::where(mask, x, number(-1e9F)), options_.axis),
                    number(0));
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::Softmax, layers::SoftmaxOptions,
                          layers::LayerOf<layers::Softmax>>;
}  // namespace keratin
