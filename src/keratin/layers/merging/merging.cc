// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/merging/merging.h"

#include <algorithm>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/comparisons.h"
#include "keratin/ops/joins.h"
#include "keratin/ops/making.h"
#include "keratin/ops/reductions.h"
#include "keratin/ops/result_type.h"
#include "keratin/ops/shapes.h"

namespace keratin::layers {
namespace {

DType common_type(std::span<const Spec> inputs) {
  DType dtype = ops::result_type(inputs[0].dtype, inputs[0].dtype);
  for (const Spec& input : inputs) dtype = ops::result_type(dtype, input.dtype);
  return dtype;
}

/// The batch size that an input knows. Keras asks that all know the same.
std::int64_t common_batch(const Layer& layer, std::span<const Spec> inputs) {
  std::int64_t batch = kNone;
  for (const Spec& input : inputs) {
    if (batch == kNone) batch = input.shape[0];
    if (input.shape[0] != kNone && input.shape[0] != batch) {
      invalid_argument(layer.class_name(), "layer '", layer.name(),
                       "': Cannot merge tensors with different batch sizes. Received tensors with "
                       "shapes ",
                       shapes_of(inputs));
    }
  }
  return batch;
}

/// With new axes of 1 at `first`, as many as are missing.
Value with_axes(const Value& x, std::size_t first, std::size_t missing) {
  if (missing == 0) return x;
  std::vector<std::int64_t> axes;
  for (std::size_t i = 0; i < missing; ++i) axes.push_back(static_cast<std::int64_t>(first + i));
  return ops::expand_dims(x, axes);
}

/// The mask with axes of 1 for those of the value that it has not: what where() repeats.
Value over(const Value& mask, const Value& x) {
  return with_axes(mask, mask.shape().rank(), x.shape().rank() - mask.shape().rank());
}

std::size_t largest_rank(const Values& values) {
  std::size_t rank = 0;
  for (const Value& value : values) rank = std::max(rank, value ? value.shape().rank() : 0);
  return rank;
}

/// A number of the type of x.
Value number(double value, const Value& x) { return ops::full({}, value, x.dtype()); }

Value sum_of(const Values& values) {
  Value sum = values[0];
  for (std::size_t i = 1; i < values.size(); ++i) sum = ops::add(sum, values[i]);
  return sum;
}

/// Keras: `_apply_merge_op_and_or_mask`. One value after the other, so that what is left out of one
/// is taken from the others.
Value chosen(const Values& values, const Values& masks,
             Value (*choose)(const Value&, const Value&)) {
  Value output = values[0];
  Value counts = masks[0];  // where the output has something to choose from; none: everywhere
  for (std::size_t i = 1; i < values.size(); ++i) {
    Value x = values[i];
    if (masks[i]) x = ops::where(over(masks[i], x), x, output);
    if (counts) output = ops::where(over(counts, output), output, x);
    counts = masks[i] && counts ? ops::logical_or(counts, masks[i]) : Value();
    output = choose(output, x);
  }
  return output;
}

}  // namespace

template <class F>
void fields(F& f, MergeOptions& o) {
  base_fields(f, o);
}

template <class F>
void fields(F& f, ConcatenateOptions& o) {
  base_fields(f, o);
  f("axis", o.axis);
}

// -- element by element ---

Spec ElementwiseMerge::merged_spec(std::span<const Spec> inputs) const {
  Shape shape{common_batch(*this, inputs)};
  std::size_t rank = 1;
  for (const Spec& input : inputs) rank = std::max(rank, input.shape.rank());
  for (std::size_t axis = 1; axis < rank; ++axis) shape.push_back(1);
  for (const Spec& input : inputs) {
    const std::size_t missing = rank - input.shape.rank();
    for (std::size_t axis = 1; axis < input.shape.rank(); ++axis) {
      std::int64_t& dim = shape[axis + missing];
      const std::int64_t other = input.shape[axis];
      if (dim == kNone || other == kNone) {
        dim = kNone;  // Keras: not known, whatever stands beside it
      } else if (dim == 1) {
        dim = other;
      } else if (other != 1 && other != dim) {
        invalid_argument(class_name(), "layer '", name(),
                         "': Inputs have incompatible shapes. Received shapes ", shapes_of(inputs));
      }
    }
  }
  return {shape, common_type(inputs)};
}

Values ElementwiseMerge::compute_mask(const Inputs& inputs) const {
  const Values masks = masks_of(inputs);
  if (std::any_of(masks.begin(), masks.end(), std::logical_not<>())) return {};
  const std::size_t rank = largest_rank(inputs.values);
  Value mask;
  for (std::size_t i = 0; i < masks.size(); ++i) {
    const Value own = with_axes(masks[i], 1, rank - inputs[i].shape().rank());
    mask = mask ? ops::logical_or(mask, own) : own;
  }
  return mask;
}

Value ElementwiseMerge::merged(const Values& values, const Values& masks) const {
  const std::size_t rank = largest_rank(values);
  Values same;
  Values theirs;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t missing = rank - values[i].shape().rank();
    same.push_back(with_axes(values[i], 1, missing));
    theirs.push_back(missing == 0 ? masks[i] : Value());
  }
  return combined(same, theirs);
}

Value Add::combined(const Values& values, const Values&) const { return sum_of(values); }

Spec Subtract::merged_spec(std::span<const Spec> inputs) const {
  check_count(inputs, 2);
  return ElementwiseMerge::merged_spec(inputs);
}
Value Subtract::combined(const Values& values, const Values&) const {
  return ops::subtract(values[0], values[1]);
}

Value Multiply::combined(const Values& values, const Values& masks) const {
  const bool all_masked = std::none_of(masks.begin(), masks.end(), std::logical_not<>());
  Value product;
  Value counts;
  for (std::size_t i = 0; i < values.size(); ++i) {
    Value x = values[i];
    if (masks[i]) x = ops::where(over(masks[i], x), x, number(1, x));
    if (all_masked) counts = counts ? ops::logical_or(counts, masks[i]) : masks[i];
    product = product ? ops::multiply(product, x) : x;
  }
  return all_masked ? ops::where(over(counts, product), product, number(0, product)) : product;
}

Spec Average::merged_spec(std::span<const Spec> inputs) const {
  return {ElementwiseMerge::merged_spec(inputs).shape, DType::kFloat32};
}
Value Average::combined(const Values& values, const Values&) const {
  return ops::divide(sum_of(values), ops::full({}, static_cast<double>(values.size())));
}

Value Maximum::combined(const Values& values, const Values& masks) const {
  return chosen(values, masks, &ops::maximum);
}

Value Minimum::combined(const Values& values, const Values& masks) const {
  return chosen(values, masks, &ops::minimum);
}

// -- Concatenate ---

Concatenate::Concatenate(ConcatenateOptions options)
    : Configured(options, kName,
                 MergeOptions{.activity_regularizer = options.activity_regularizer,
                              .name = options.name,
                              .trainable = options.trainable}) {}

Spec Concatenate::merged_spec(std::span<const Spec> inputs) const {
  Shape shape = inputs[0].shape;
  const auto rank = static_cast<std::int64_t>(shape.rank());
  if (options_.axis < -rank || options_.axis >= rank) {
    invalid_argument("Concatenate", "layer '", name(), "': axis ", options_.axis,
                     " is not there. Received: input_shape=", shapes_of(inputs));
  }
  const auto at =
      static_cast<std::size_t>(options_.axis < 0 ? options_.axis + rank : options_.axis);
  shape[at] = 0;
  for (const Spec& input : inputs) {
    bool fits = input.shape.rank() == shape.rank();
    for (std::size_t axis = 0; fits && axis < shape.rank(); ++axis) {
      std::int64_t& dim = shape[axis];
      const std::int64_t other = input.shape[axis];
      if (axis == at) {
        dim = dim == kNone || other == kNone ? kNone : dim + other;
      } else {
        fits = dim == kNone || other == kNone || dim == other;
        if (dim == kNone) dim = other;
      }
    }
    if (!fits) {
      invalid_argument("Concatenate",
                       "A `Concatenate` layer requires inputs with matching shapes "
                       "except for the concatenation axis. Layer '",
                       name(), "' received: input_shape=", shapes_of(inputs));
    }
  }
  return {shape, common_type(inputs)};
}

Value Concatenate::merged(const Values& values, const Values&) const {
  return ops::concatenate(values, options_.axis);
}

Values Concatenate::compute_mask(const Inputs& inputs) const {
  Values masks = masks_of(inputs);
  if (std::all_of(masks.begin(), masks.end(), std::logical_not<>())) return {};
  const std::size_t rank = largest_rank(masks);
  for (std::size_t i = 0; i < masks.size(); ++i) {
    if (masks[i] && masks[i].shape().rank() == rank) continue;
    // Every step of this input, for as many axes as the masks have.
    Value all = ops::ones_like(inputs[i].constant(), DType::kBool);
    std::vector<std::int64_t> behind;
    for (std::size_t axis = rank; axis < inputs[i].shape().rank(); ++axis)
      behind.push_back(static_cast<std::int64_t>(axis));
    if (!behind.empty()) all = ops::any(all, behind);
    masks[i] = masks[i] ? ops::logical_and(all, over(masks[i], all)) : all;
  }
  const auto axes = static_cast<std::int64_t>(inputs[0].shape().rank());
  const std::int64_t axis = options_.axis < 0 ? options_.axis + axes : options_.axis;
  if (axis < static_cast<std::int64_t>(rank)) return ops::concatenate(masks, axis);
  Value mask = masks[0];
  for (std::size_t i = 1; i < masks.size(); ++i) mask = ops::logical_or(mask, masks[i]);
  return mask;
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::Add, layers::MergeOptions,
                          layers::LayerOf<layers::Add, layers::ElementwiseMerge>>;
template class Configured<layers::Subtract, layers::MergeOptions,
                          layers::LayerOf<layers::Subtract, layers::ElementwiseMerge>>;
template class Configured<layers::Multiply, layers::MergeOptions,
                          layers::LayerOf<layers::Multiply, layers::ElementwiseMerge>>;
template class Configured<layers::Average, layers::MergeOptions,
                          layers::LayerOf<layers::Average, layers::ElementwiseMerge>>;
template class Configured<layers::Maximum, layers::MergeOptions,
                          layers::LayerOf<layers::Maximum, layers::ElementwiseMerge>>;
template class Configured<layers::Minimum, layers::MergeOptions,
                          layers::LayerOf<layers::Minimum, layers::ElementwiseMerge>>;
template class Configured<layers::Concatenate, layers::ConcatenateOptions,
                          layers::LayerOf<layers::Concatenate, layers::Merge>>;
}  // namespace keratin
