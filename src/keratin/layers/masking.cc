// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/masking.h"

#include <algorithm>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/graph/op.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/comparisons.h"
#include "keratin/ops/reductions.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

/// x where the step is in the mask, else 0.
Tensor masked(const Tensor& x, const Tensor& mask) {
  Tensor result = uninitialized(x.shape());
  const auto from = x.data<float>();
  const auto keep = mask.data<bool>();
  const auto to = result.data<float>();
  const std::size_t width = keep.empty() ? 0 : from.size() / keep.size();
  for (std::size_t step = 0; step < keep.size(); ++step) {
    for (std::size_t d = step * width; d < (step + 1) * width; ++d)
      to[d] = keep[step] ? from[d] : 0.0F;
  }
  return result;
}

}  // namespace

template <class F>
void fields(F& f, MaskingOptions& o) {
  base_fields(f, o);
  f("mask_value", o.mask_value);
}

Masking::Masking(MaskingOptions options) : Configured(options, base_options(kName, options)) {
  build_at_init();
}

Shape Masking::compute_output_shape(const Shape& input_shape) const {
  if (input_shape.rank() < 2) {
    invalid_argument("Masking", "layer '", name(),
                     "' takes inputs of at least 2 dimensions. Received shape: ", input_shape);
  }
  return input_shape;
}

Values Masking::compute_mask(const Inputs& inputs) const {
  const Value value = Tensor::from<float>({static_cast<float>(options_.mask_value)}, Shape{});
  return ops::any(ops::not_equal(inputs[0].constant(), value), -1);
}

Values Masking::call(const Inputs& inputs, Pass&) const {
  const Tensor mask = Value(compute_mask(inputs)).tensor();
  return compute({&inputs[0]}, [&](const Arguments& x) {
    Result result{masked(x[0], mask)};
    if (x.wants_any()) {
      result.pullback = [mask](Slopes& slopes) { slopes.add(0, masked(slopes.of(), mask)); };
    }
    return result;
  });
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::Masking, layers::MaskingOptions,
                          layers::LayerOf<layers::Masking>>;
}  // namespace keratin
