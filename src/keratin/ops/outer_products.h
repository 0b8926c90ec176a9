// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/graph/value.h"

/// Every element of one value times every one of another. Keras: `keras.ops`. The type is that of
/// both together.
namespace keratin::ops {

/// (n, m), both as vectors.
Value outer(const Value& x1, const Value& x2);
/// Each element of x1 times the whole of x2, in its place: of shapes (a, b) and (c, d) one of shape
/// (a c, b d). The one of fewer axes gets axes of size 1 in front.
Value kron(const Value& x1, const Value& x2);

}  // namespace keratin::ops
