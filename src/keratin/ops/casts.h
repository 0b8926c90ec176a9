// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "keratin/graph/value.h"

/// The same elements under another type, without their origin, or without what is no number. Keras:
/// keras.ops.
namespace keratin::ops {

/// As another type. To an integer: without what is behind the point, the nearest one that there is,
/// and 0 for NaN; to bool: whether it is not 0; to float64: float32, which is what is computed in.
/// Between floating types the derivative goes through; others have none.
Value cast(const Value& x, DType dtype);
/// The same elements, of which nothing goes back.
Value stop_gradient(const Value& x);
/// The same elements in memory of their own.
Value copy(const Value& x);
/// With other numbers in place of NaN and of the infinities (none: the largest finite number).
Value nan_to_num(const Value& x, double nan = 0.0, std::optional<double> posinf = {},
                 std::optional<double> neginf = {});

}  // namespace keratin::ops
