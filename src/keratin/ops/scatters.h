// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keratin/graph/value.h"

/// Rows that go to places which come as integers. Keras: `keras.ops`. Any type; several rows of one
/// place come one after another. Negative indices count from the end. Throws std::out_of_range for
/// an index that is outside (Keras on JAX leaves it out), std::invalid_argument for shapes and
/// types that do not fit.
namespace keratin::ops {

/// Zeros of `shape` with `values` added at `indices` (..., axes), one row a place.
Value scatter(const Value& indices, const Value& values, const Shape& shape);
/// `x` with `updates` at `indices` (n, axes): in their place, or by "add", "max", "min", "mul". Of
/// several updates of one place the last counts, where they are not added. Derivatives: of updates
/// in place and of "add"; the others throw std::logic_error.
Value scatter_update(const Value& x, const Value& indices, const Value& updates,
                     const std::optional<std::string>& reduction = {});
/// The sum, or the largest, of the rows of `data` of each segment, which `segment_ids` names row by
/// row; ids below 0 and from num_segments on are left out, as by JAX. No row: 0, and the smallest
/// number of the type. `num_segments`: without it, up to the largest id.
Value segment_sum(const Value& data, const Value& segment_ids,
                  std::optional<std::int64_t> num_segments = {}, bool sorted = false);
Value segment_max(const Value& data, const Value& segment_ids,
                  std::optional<std::int64_t> num_segments = {}, bool sorted = false);

}  // namespace keratin::ops
