// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/graph/value.h"

namespace keratin::ops {

/// How many of the rising numbers `bins` (N) are x or smaller: int32 of x's shape. NaN: N. Nothing
/// goes back. Throws std::invalid_argument unless bins has one axis. Keras: keras.ops.digitize.
Value digitize(const Value& x, const Value& bins);

}  // namespace keratin::ops
