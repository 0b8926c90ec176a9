// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/reshaping/repeat_vector.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/repeats.h"

namespace keratin::layers {

template <class F>
void fields(F& f, RepeatVectorOptions& o) {
  base_fields(f, o);
  f("n", o.n);
}

RepeatVector::RepeatVector(RepeatVectorOptions options)
    : Configured(options, base_options(kName, options)) {
  if (options_.n <= 0)
    invalid_argument("RepeatVector", "n must be a positive integer. Received: ", options_.n);
}

Shape RepeatVector::compute_output_shape(const Shape& input_shape) const {
  check_rank(input_shape, 2);
  return {input_shape[0], options_.n, input_shape[1]};
}

Values RepeatVector::call(const Inputs& inputs, Pass&) const {
  const Shape& shape = inputs[0].shape();
  return ops::repeat(reshaped(inputs[0], {shape[0], 1, shape[1]}), {options_.n}, 1);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::RepeatVector, layers::RepeatVectorOptions,
                          layers::LayerOf<layers::RepeatVector>>;
}  // namespace keratin
