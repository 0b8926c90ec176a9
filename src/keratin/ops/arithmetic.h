// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/graph/value.h"

/// Functions of two values, element by element. Shapes broadcast as in NumPy; shapes that do not
/// fit throw std::invalid_argument. The result has the type result_type(x1, x2) unless it says
/// otherwise: of integers integers, which wrap around. The slope of a value that was repeated is
/// summed over the repeats. Threads: as Value. Keras: keras.ops.
namespace keratin::ops {

/// Of bool: or.
Value add(const Value& x1, const Value& x2);
/// Throws std::invalid_argument for bool.
Value subtract(const Value& x1, const Value& x2);
/// Of bool: and.
Value multiply(const Value& x1, const Value& x2);
/// float32, of integers too.
Value divide(const Value& x1, const Value& x2);
Value true_divide(const Value& x1, const Value& x2);
/// The same, and 0 where x2 is.
Value divide_no_nan(const Value& x1, const Value& x2);
/// x1 to the power x2. Of integers 0 for what a negative power makes smaller than 1. Of bool int32.
Value power(const Value& x1, const Value& x2);
/// What x1 leaves when it is divided by x2, with the sign of x2. Of bool int32. 0 where the integer
/// x2 is 0, as in Keras on JAX.
Value mod(const Value& x1, const Value& x2);
/// The same with the sign of x1; x1 where the integer x2 is 0.
Value fmod(const Value& x1, const Value& x2);
/// The quotient, rounded down. Of bool int32. Of integers divided by 0 it is what Keras on JAX
/// gives: -2, and -1 for 0.
Value floor_divide(const Value& x1, const Value& x2);
/// NaN where one is. Of equals each has half of the slope.
Value maximum(const Value& x1, const Value& x2);
Value minimum(const Value& x1, const Value& x2);
/// float32. The angle of the point (x2, x1).
Value arctan2(const Value& x1, const Value& x2);
/// float32. The next number from x1 towards x2. It has no slope.
Value nextafter(const Value& x1, const Value& x2);
/// float32. log(exp(x1) + exp(x2)), also where exp overflows.
Value logaddexp(const Value& x1, const Value& x2);

}  // namespace keratin::ops
