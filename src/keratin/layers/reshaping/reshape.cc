// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/reshaping/reshape.h"

#include <algorithm>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"

namespace keratin::layers {
namespace {

constexpr std::int64_t kInferred = -1;  // a dimension to be computed from the others

/// target_shape as Keras writes it: a list of integers, -1 among them.
struct TargetShape {
  Shape& shape;
};
Config to_config(const TargetShape& target) {
  Config::List list;
  for (const std::int64_t dim : target.shape) list.emplace_back(dim);
  return list;
}
void from_config(const Config& config, TargetShape& target) {
  Shape shape;
  for (const Config& dim : config.as_list())
    shape.push_back(dim.is_null() ? kInferred : dim.as_int());
  target.shape = shape;
}

}  // namespace

template <class F>
void fields(F& f, ReshapeOptions& o) {
  base_fields(f, o);
  TargetShape target{o.target_shape};
  f("target_shape", target);
}

Reshape::Reshape(ReshapeOptions options) : Configured(options, base_options(kName, options)) {
  const Shape& target = options_.target_shape;
  if (std::count(target.begin(), target.end(), kInferred) > 1) {
    invalid_argument("Reshape", "target_shape may have one dimension of -1. Received: ", target);
  }
  if (std::any_of(target.begin(), target.end(), [](std::int64_t d) { return d < kInferred; })) {
    invalid_argument("Reshape",
                     "target_shape must have dimensions of 0 or more, or -1. Received: ", target);
  }
  build_at_init();
}

Shape Reshape::compute_output_shape(const Shape& input_shape) const {
  if (input_shape.rank() == 0) {
    invalid_argument("Reshape", "layer '", name(),
                     "' takes inputs of at least 1 dimension. Received shape: ()");
  }
  Shape result{input_shape[0]};
  Shape given;  // what the target says of the size
  for (const std::int64_t dim : options_.target_shape) {
    result.push_back(dim);
    if (dim != kInferred) given.push_back(dim);
  }
  const Shape rest = input_shape.from(1);
  if (!rest.is_known()) return result;  // -1 stays open, as None
  const std::int64_t have = rest.size();
  const std::int64_t said = given.size();
  const bool infers = given.rank() != options_.target_shape.rank();
  if (infers ? (said == 0 || have % said != 0) : have != said) {
    invalid_argument("Reshape", "layer '", name(), "' cannot turn inputs of shape ", input_shape,
                     " (", have, " elements a sample) into target_shape ", options_.target_shape,
                     ".");
  }
  for (std::size_t i = 1; i < result.rank(); ++i) {
    if (result[i] == kInferred) result[i] = have / said;
  }
  return result;
}

Values Reshape::call(const Inputs& inputs, Pass&) const {
  return reshaped(inputs[0], compute_output_shape(inputs[0].shape()));
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::Reshape, layers::ReshapeOptions,
                          layers::LayerOf<layers::Reshape>>;
}  // namespace keratin
