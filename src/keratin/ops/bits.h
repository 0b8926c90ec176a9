// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/graph/value.h"

/// Functions of whole numbers, element by element. Keras: keras.ops. Shapes broadcast as in NumPy;
/// the result has the type result_type(x1, x2), and wraps around. They have no slope. Floats are
/// taken where each is exactly integral, since what `Input` gives by default is float32: else
/// std::invalid_argument, with the value and its position. Threads: as Value.
namespace keratin::ops {

/// Bit by bit; of bool the logical ones.
Value bitwise_and(const Value& x1, const Value& x2);
Value bitwise_or(const Value& x1, const Value& x2);
Value bitwise_xor(const Value& x1, const Value& x2);
Value bitwise_invert(const Value& x);
/// By x2 bits; what leaves is lost, and a negative x2 moves all of them out. Throws
/// std::invalid_argument for bool.
Value bitwise_left_shift(const Value& x1, const Value& x2);
/// The sign comes after: -1 >> 1 is -1.
Value bitwise_right_shift(const Value& x1, const Value& x2);
/// The greatest common divisor, 0 of two zeros, and the least common multiple, 0 where one is 0;
/// never negative. Throws std::invalid_argument for bool.
Value gcd(const Value& x1, const Value& x2);
Value lcm(const Value& x1, const Value& x2);

}  // namespace keratin::ops
