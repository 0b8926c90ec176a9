// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/graph/value.h"

/// Functions of two values, element by element. Shapes broadcast as in NumPy; shapes that do not
/// fit throw std::invalid_argument. The result has the type result_type(x1, x2) unless it says
/// otherwise. Keras: keras.ops.
namespace keratin::ops {

Value add(const Value& x1, const Value& x2);
Value multiply(const Value& x1, const Value& x2);

}  // namespace keratin::ops
