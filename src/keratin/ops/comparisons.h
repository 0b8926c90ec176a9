// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/graph/value.h"

/// Questions about elements: bool, and nothing goes back through them. Two values broadcast as in
/// NumPy, and are compared in their result_type; shapes that do not fit throw
/// std::invalid_argument. Threads: as Value. Keras: keras.ops.
namespace keratin::ops {

Value equal(const Value& x1, const Value& x2);
Value not_equal(const Value& x1, const Value& x2);
Value less(const Value& x1, const Value& x2);
Value less_equal(const Value& x1, const Value& x2);
Value greater(const Value& x1, const Value& x2);
Value greater_equal(const Value& x1, const Value& x2);
/// What is not 0 is true, NaN too.
Value logical_and(const Value& x1, const Value& x2);
Value logical_or(const Value& x1, const Value& x2);
Value logical_xor(const Value& x1, const Value& x2);
Value logical_not(const Value& x);
Value isnan(const Value& x);
Value isinf(const Value& x);
Value isfinite(const Value& x);
/// Whether |x1 - x2| <= atol + rtol |x2|; equal infinities are close, and NaN to NaN with
/// `equal_nan`.
Value isclose(const Value& x1, const Value& x2, double rtol = 1e-5, double atol = 1e-8,
              bool equal_nan = false);

/// x1 where `condition` is not 0, x2 elsewhere; all three broadcast, and the type is
/// result_type(x1, x2). The slope goes to the one that was taken.
Value where(const Value& condition, const Value& x1, const Value& x2);

}  // namespace keratin::ops
