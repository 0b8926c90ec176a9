// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "keratin/graph/value.h"
#include "keratin/ops/axes.h"

/// Keras: `keras.ops`, the same elements under another shape or in another order. Any type, which
/// stays; negative axes count from the end. All throw std::invalid_argument for an axis that is not
/// there, comes twice, or a shape that does not fit.
namespace keratin::ops {

/// The elements in their order under `newshape`, of which one may be -1: what is left.
Value reshape(const Value& x, const std::vector<std::int64_t>& newshape);
/// All elements as a vector.
Value ravel(const Value& x);
/// New axes of size 1, which stand at `axis` in the result.
Value expand_dims(const Value& x, const Axes& axis);
/// Without these axes, which must be of size 1; none: without all such.
Value squeeze(const Value& x, const Axes& axis = {});
/// Axis i of the result is axis axes[i] of x; none: the other way round.
Value transpose(const Value& x, const Axes& axes = {});
Value swapaxes(const Value& x, std::int64_t axis1, std::int64_t axis2);
/// Each axis of `source` stands at that of `destination`; the others keep their order.
Value moveaxis(const Value& x, const Axes& source, const Axes& destination);
/// Repeated along axes of size 1 and new leading axes, as NumPy broadcasts.
Value broadcast_to(const Value& x, const Shape& shape);
/// In reverse order along these axes, none: along all.
Value flip(const Value& x, const Axes& axis = {});
/// Elements (i, i + offset) of axes axis1 and axis2, along a new last axis.
Value diagonal(const Value& x, std::int64_t offset = 0, std::int64_t axis1 = 0,
               std::int64_t axis2 = 1);
/// Zero above, or below, the k-th diagonal of the last two axes.
Value tril(const Value& x, std::int64_t k = 0);
Value triu(const Value& x, std::int64_t k = 0);
/// Grids of vectors: all have the shape (n0, n1, n2 ...), of the first two swapped where `indexing`
/// is "xy". Throws for another word.
Values meshgrid(const Values& xs, const std::string& indexing = "xy");

}  // namespace keratin::ops
