// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "keratin/graph/value.h"

/// Keras: `keras.ops`, where in a value something is. Threads: any number.
namespace keratin::ops {

/// Where the largest, or smallest, is: the first of equals, and of NaNs. int32. Along one axis, or
/// of all elements in their order. Throws where there is nothing to choose from.
Value argmax(const Value& x, std::optional<std::int64_t> axis = {}, bool keepdims = false);
Value argmin(const Value& x, std::optional<std::int64_t> axis = {}, bool keepdims = false);

}  // namespace keratin::ops
