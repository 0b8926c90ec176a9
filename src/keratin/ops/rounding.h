// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "keratin/graph/value.h"

/// Functions of each element alone that are straight lines and parabolas between corners. Integers
/// stay integers of their type unless it says otherwise. Where a function has a corner the
/// derivative is that of Keras on JAX. Throws std::invalid_argument for bool where that has no
/// such function. Keras: keras.ops.
namespace keratin::ops {

/// Also of bool. The derivative at 0 is 1.
Value absolute(const Value& x);
inline Value abs(const Value& x) { return absolute(x); }
Value negative(const Value& x);
/// -1, 0 or 1; NaN for NaN. The derivative is 0, as of all functions below but square() and clip().
Value sign(const Value& x);
/// Of bool int32.
Value square(const Value& x);
/// float32, of integers too.
Value floor(const Value& x);
/// float32, of integers too.
Value ceil(const Value& x);
/// To `decimals` places, to the even one of two that are equally near.
Value round(const Value& x, int decimals = 0);
/// Without what is behind the point. Also of bool.
Value trunc(const Value& x);
/// max(x, x_min), then min of it and x_max; none: no bound. Bounds of integers lose what is behind
/// the point; of bool it is int32. Where x is a bound the derivative is one half.
Value clip(const Value& x, std::optional<double> x_min, std::optional<double> x_max);

}  // namespace keratin::ops
