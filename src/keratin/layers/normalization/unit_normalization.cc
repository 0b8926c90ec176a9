// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/normalization/unit_normalization.h"

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/elementwise.h"
#include "keratin/ops/reductions.h"
#include "keratin/ops/rounding.h"

namespace keratin::layers {

template <class F>
void fields(F& f, UnitNormalizationOptions& o) {
  base_fields(f, o);
  f("axis", o.axis);
}

UnitNormalization::UnitNormalization(UnitNormalizationOptions options)
    : Configured(options, base_options(kName, options)) {
  if (options_.axis.is_none())
    invalid_argument(kName, "axis must be an integer, or several. Received: None");
  build_at_init();
}

Shape UnitNormalization::compute_output_shape(const Shape& input_shape) const {
  options_.axis.of(*this, input_shape.rank());
  return input_shape;
}

Values UnitNormalization::call(const Inputs& inputs, Pass&) const {
  const Value least = Tensor::from<float>({1e-24F}, Shape{});
  const Value squares = ops::sum(ops::square(inputs[0]), options_.axis, true);
  return ops::multiply(inputs[0], ops::rsqrt(ops::maximum(squares, least)));
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::UnitNormalization, layers::UnitNormalizationOptions,
                          layers::LayerOf<layers::UnitNormalization>>;
}  // namespace keratin
