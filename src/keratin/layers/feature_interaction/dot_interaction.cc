// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/feature_interaction/dot_interaction.h"

#include <vector>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/joins.h"
#include "keratin/ops/matmul.h"
#include "keratin/ops/places.h"
#include "keratin/ops/shapes.h"

namespace keratin::layers {

template <class F>
void fields(F& f, DotInteractionOptions& o) {
  base_fields(f, o);
  f("self_interaction", o.self_interaction);
  f("skip_gather", o.skip_gather);
}

DotInteraction::DotInteraction(DotInteractionOptions options)
    : Configured(options, base_options(kName, options)) {}

std::vector<Spec> DotInteraction::compute_output_spec(const Inputs& inputs) const {
  const auto count = static_cast<std::int64_t>(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Shape& shape = inputs[i].shape();
    if (shape.rank() != 2 || !shape.is_compatible_with(inputs[0].shape())) {
      invalid_argument("DotInteraction", "layer '", name(),
                       "' takes features of two dimensions and the same shape. Received: ", shape,
                       " at place ", i, ", and ", inputs[0].shape(), " at place 0");
    }
  }
  const std::int64_t pairs = options_.skip_gather        ? count * count
                             : options_.self_interaction ? count * (count + 1) / 2
                                                         : count * (count - 1) / 2;
  return {{{inputs[0].shape()[0], pairs}, DType::kFloat32}};
}

Values DotInteraction::call(const Inputs& inputs, Pass&) const {
  const auto count = static_cast<std::int64_t>(inputs.size());
  Values features;
  for (const Value& feature : inputs.values) features.push_back(feature.with_mask({}));
  const Value stacked = ops::stack(features, 1);
  const Value dots =
      reshaped(ops::matmul_transposed(stacked, stacked), {inputs[0].shape()[0], count * count});
  std::vector<std::int64_t> places;
  std::vector<float> counts(static_cast<std::size_t>(count * count), 0);
  for (std::int64_t i = 0; i < count; ++i) {
    for (std::int64_t j = 0; j < i + (options_.self_interaction ? 1 : 0); ++j) {
      places.push_back(i * count + j);
      counts[static_cast<std::size_t>(places.back())] = 1;
    }
  }
  if (options_.skip_gather)
    return ops::multiply(dots, Value(Tensor::from(counts, {count * count})));
  const auto kept = static_cast<std::int64_t>(places.size());
  return ops::take(dots, Value(Tensor::from(places, {kept})), 1);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::DotInteraction, layers::DotInteractionOptions,
                          layers::LayerOf<layers::DotInteraction>>;
}  // namespace keratin
