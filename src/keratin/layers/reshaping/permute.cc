// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/reshaping/permute.h"

#include <algorithm>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/shapes.h"

namespace keratin::layers {

template <class F>
void fields(F& f, PermuteOptions& o) {
  base_fields(f, o);
  f("dims", o.dims);
}

Permute::Permute(PermuteOptions options) : Configured(options, base_options(kName, options)) {
  std::vector<std::int64_t> sorted = options_.dims;
  std::ranges::sort(sorted);
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i] == static_cast<std::int64_t>(i + 1)) continue;
    invalid_argument("Permute",
                     "the set of indices in dims must be consecutive and start from 1. Received: ",
                     Shape(options_.dims));
  }
}

Shape Permute::compute_output_shape(const Shape& input_shape) const {
  check_rank(input_shape, options_.dims.size() + 1);
  Shape result{input_shape[0]};
  for (const std::int64_t dim : options_.dims)
    result.push_back(input_shape[static_cast<std::size_t>(dim)]);
  return result;
}

Values Permute::call(const Inputs& inputs, Pass&) const {
  std::vector<std::int64_t> axes = {0};
  axes.insert(axes.end(), options_.dims.begin(), options_.dims.end());
  return ops::transpose(inputs[0], axes);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::Permute, layers::PermuteOptions,
                          layers::LayerOf<layers::Permute>>;
}  // namespace keratin
