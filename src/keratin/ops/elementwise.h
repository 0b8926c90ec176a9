// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/graph/value.h"

/// Functions of one value, each element alone: the result has the shape of x. Integers and bool are
/// computed as float32, and so is the result, unless it says otherwise. Keras: keras.ops.
namespace keratin::ops {

Value exp(const Value& x);

}  // namespace keratin::ops
