// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "keratin/graph/operation.h"
#include "keratin/tensor/tensor.h"

/// Elements by integers that come as data. Not installed.
namespace keratin::ops {

/// The elements of a tensor as places on an axis of `size` elements, negative ones counted
/// from the end. Throws std::out_of_range in the name of `op`, with value and position, for one
/// that is outside, and as integers_of().
std::vector<std::int64_t> places_in(const Operation& op, const Tensor& indices, std::int64_t size);
/// Throws std::invalid_argument for bool. Floats may be places: what `Input` gives by default is
/// float32.
void require_places(const Operation& op, DType dtype);
/// The elements as int64. Throws std::invalid_argument in the name of `op` for bool, and for a
/// float that is not exactly integral, with its value and position.
std::vector<std::int64_t> integers_of(const Operation& op, const Tensor& indices);

/// Rows of places (..., axes) on the first axes of `shape`, as places on these axes as one. Throws
/// as places_in().
std::vector<std::int64_t> flat_places(const Operation& op, const Tensor& indices,
                                      const Shape& shape);
/// The shape of what indices (..., axes) of that type name in a value of `shape`. Throws
/// std::invalid_argument unless they can.
Shape named_shape(const Operation& op, const Shape& indices, DType dtype, const Shape& shape);
/// The first `axes` axes as one.
Shape joined(const Shape& shape, std::size_t axes);
/// Adds dimensions [begin, end) of `more`.
void append(Shape& to, const Shape& more, std::size_t begin, std::size_t end);

/// An axis between those outside of it and those inside.
struct AroundAxis {
  AroundAxis(const Shape& shape, std::size_t axis);
  std::int64_t outer = 1;
  std::int64_t size = 1;
  std::int64_t inner = 1;
};

/// The slices of `axis` at these places, one behind another. `to` has (outer, places, inner)
/// elements of the type of x.
void take_slices(const Tensor& x, std::size_t axis, std::span<const std::int64_t> places,
                 Tensor& to);
/// The way back, float32: each slice of `slope` (outer, places, inner) is added to its place of a
/// tensor of `shape`, in the order of places.
Tensor add_slices(const Tensor& slope, std::size_t axis, std::span<const std::int64_t> places,
                  const Shape& shape);

}  // namespace keratin::ops
