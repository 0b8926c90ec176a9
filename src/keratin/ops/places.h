// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "keratin/graph/value.h"

/// Elements by integers that come as values. Keras: `keras.ops`. Any type; indices are integers,
/// negative ones count from the end. All throw std::out_of_range, before anything else is done, for
/// an index that is outside (Keras on JAX gives NaN, or clips), std::invalid_argument for shapes,
/// types and axes that do not fit.
namespace keratin::ops {

/// The slices of `axis` at `indices`, whose axes stand in its place; without an axis, elements of x
/// as a vector.
Value take(const Value& x, const Value& indices, std::optional<std::int64_t> axis = {});
/// Element by element along `axis`: y[i][j] = x[indices[i][j]][j]. The other axes broadcast.
Value take_along_axis(const Value& x, const Value& indices, std::optional<std::int64_t> axis = {});
/// x[indices[..., 0], indices[..., 1] ...]: the last axis of `indices` names a place on the first
/// axes of x. NumPy: x[i, j]. Keras: `GetItem` with arrays.
Value gather(const Value& x, const Value& indices);

}  // namespace keratin::ops
