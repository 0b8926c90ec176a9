// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "keratin/tensor/tensor.h"

/// Weights and masks of samples: how Keras brings them to one shape. For losses and metrics. Not
/// installed.
namespace keratin::losses {

/// Where ranks differ by one and the larger has a last axis of size 1, takes that axis away, or,
/// when the other has rank 1 and `expand_rank_1`, gives the other one too. Keras: the function of
/// this name.
void squeeze_or_expand_to_same_rank(Shape& a, Shape& b, bool expand_rank_1 = true);

/// NumPy's broadcasting of two shapes; none where they do not go together.
std::optional<Shape> broadcast_shapes(const Shape& a, const Shape& b);

/// For every element of `result`, in order, calls visit(position, position in a, position in b).
template <class Visit>
void for_each_broadcast(const Shape& result, const Shape& a, const Shape& b, Visit visit);

/// Numbers with a shape, in double: products of weights are rounded once, at the end.
struct WeightArray {
  Shape shape;
  std::vector<double> data;

  static WeightArray of(const Tensor& tensor);
  double sum() const;
};

/// The product of both under broadcasting. Throws std::invalid_argument, naming `who` and both
/// shapes.
WeightArray multiply(const WeightArray& a, const WeightArray& b, std::string_view who);

/// Mask and sample weight as one array; none when both are null. With `over_valid` what is not
/// masked has weight total / valid, so that a mean over all is a mean over the valid. Keras:
/// apply_mask.
std::optional<WeightArray> merge_mask(const Tensor& sample_weight, const Tensor& mask,
                                      bool over_valid, std::string_view who);

// ---- implementation of the template

namespace weights_detail {
/// The strides of `shape` in the axes of `result`: 0 where it is broadcast.
std::vector<std::int64_t> strides_in(const Shape& shape, const Shape& result);
}  // namespace weights_detail

template <class Visit>
void for_each_broadcast(const Shape& result, const Shape& a, const Shape& b, Visit visit) {
  const std::size_t rank = result.rank();
  const std::int64_t size = result.size();
  const auto strides_a = weights_detail::strides_in(a, result);
  const auto strides_b = weights_detail::strides_in(b, result);
  std::vector<std::int64_t> at(rank, 0);
  std::int64_t ia = 0;
  std::int64_t ib = 0;
  for (std::int64_t i = 0; i < size; ++i) {
    visit(i, ia, ib);
    for (std::size_t axis = rank; axis-- > 0;) {
      ia += strides_a[axis];
      ib += strides_b[axis];
      if (++at[axis] < result[axis]) break;
      ia -= strides_a[axis] * result[axis];
      ib -= strides_b[axis] * result[axis];
      at[axis] = 0;
    }
  }
}

}  // namespace keratin::losses
