// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/ops/arithmetic.h"
#include "keratin/ops/rounding.h"

/// Arithmetic as it is written, of values and numbers: `g * x + (1 - g) * y`. Include this header
/// to have it. A number is float32, but beside integers an integer where it is one, as in Keras.
/// Comparisons are functions: ops::less(x, y).
namespace keratin {

namespace ops {
/// The number as a value to compute with `other`: of its type where that is an integer type and the
/// number is one, else float32.
Value number_beside(double number, const Value& other);
}  // namespace ops

inline Value operator-(const Value& x) { return ops::negative(x); }

inline Value operator+(const Value& a, const Value& b) { return ops::add(a, b); }
inline Value operator-(const Value& a, const Value& b) { return ops::subtract(a, b); }
inline Value operator*(const Value& a, const Value& b) { return ops::multiply(a, b); }
inline Value operator/(const Value& a, const Value& b) { return ops::divide(a, b); }

inline Value operator+(const Value& a, double b) { return a + ops::number_beside(b, a); }
inline Value operator-(const Value& a, double b) { return a - ops::number_beside(b, a); }
inline Value operator*(const Value& a, double b) { return a * ops::number_beside(b, a); }
inline Value operator/(const Value& a, double b) { return a / ops::number_beside(b, a); }
inline Value operator+(double a, const Value& b) { return ops::number_beside(a, b) + b; }
inline Value operator-(double a, const Value& b) { return ops::number_beside(a, b) - b; }
inline Value operator*(double a, const Value& b) { return ops::number_beside(a, b) * b; }
inline Value operator/(double a, const Value& b) { return ops::number_beside(a, b) / b; }

}  // namespace keratin
