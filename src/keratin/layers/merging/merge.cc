// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/merging/merge.h"

#include <algorithm>

#include "keratin/base/error.h"
#include "keratin/ops/casts.h"

namespace keratin::layers {

std::string shapes_of(std::span<const Spec> inputs) {
  std::string list;
  for (const Spec& input : inputs) list += str(list.empty() ? "" : ", ", input.shape);
  return str("[", list, "]");
}

Merge::Merge(std::string_view class_name, const MergeOptions& options)
    : Layer({.class_name = std::string(class_name),
             .name = options.name,
             .trainable = options.trainable,
             .activity_regularizer = options.activity_regularizer}) {}

void Merge::check_count(std::span<const Spec> inputs, std::size_t count) const {
  if (inputs.size() != count) {
    invalid_argument(class_name(), "A `", class_name(), "` layer should be called on exactly ",
                     count, " inputs, in a list. Layer '", name(),
                     "' received: input_shape=", shapes_of(inputs));
  }
}

std::vector<Spec> Merge::checked(std::span<const Spec> inputs) const {
  if (inputs.empty()) {
    invalid_argument(class_name(),
                     "A merge layer should be called on a list of at least 1 input. "
                     "Layer '",
                     name(), "' received 0 inputs.");
  }
  for (const Spec& input : inputs) {
    if (input.shape.rank() == 0) {
      invalid_argument(class_name(), "layer '", name(),
                       "' takes inputs of at least 1 dimension. Received: ", shapes_of(inputs));
    }
  }
  return {merged_spec(inputs)};
}

std::vector<Spec> Merge::compute_output_spec(const Inputs& inputs) const {
  std::vector<Spec> specs;
  for (const Value& value : inputs.values) specs.push_back({value.shape(), value.dtype()});
  return checked(specs);
}

void Merge::build_weights(std::span<const Spec> inputs) { checked(inputs); }

void Merge::prepare(const Inputs& inputs) const {
  const bool complete =
      std::none_of(inputs.values.begin(), inputs.values.end(), std::logical_not<>());
  // Building looks at shapes without their batch sizes, and what is refused builds nothing.
  if (complete && !built()) compute_output_spec(inputs);
  Layer::prepare(inputs);
}

Values Merge::call(const Inputs& inputs, Pass&) const {
  Values values;
  for (const Value& value : inputs.values) {
    values.push_back(value.dtype() == DType::kFloat64 ? ops::cast(value, DType::kFloat32) : value);
  }
  return merged(values, masks_of(inputs));
}

Values Merge::masks_of(const Inputs& inputs) const {
  Values masks;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Value mask = inputs.mask(i);
    masks.push_back(mask);
    if (!mask) continue;
    const Shape& shape = inputs[i].shape();
    Shape leading;
    for (std::size_t axis = 0; axis < std::min(mask.shape().rank(), shape.rank()); ++axis)
      leading.push_back(shape[axis]);
    if (mask.dtype() != DType::kBool || mask.shape().rank() == 0 ||
        !mask.shape().is_compatible_with(leading)) {
      invalid_argument(class_name(), "layer '", name(), "' was given a mask of shape ",
                       mask.shape(), " and type ", to_string(mask.dtype()), " for inputs of shape ",
                       shape, ": it must be bool and have their leading dimensions.");
    }
  }
  return masks;
}

}  // namespace keratin::layers
