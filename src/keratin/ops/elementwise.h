// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/graph/value.h"

/// Smooth functions of each element alone: float32 of x's shape, whatever type x has. What lies
/// outside of a function's range gives NaN. Threads: as Value. Keras: keras.ops.
namespace keratin::ops {

Value exp(const Value& x);
Value expm1(const Value& x);
Value log(const Value& x);
Value log1p(const Value& x);
Value log2(const Value& x);
Value log10(const Value& x);
Value sqrt(const Value& x);
/// 1 / sqrt(x).
Value rsqrt(const Value& x);
/// 1 / x.
Value reciprocal(const Value& x);
Value sin(const Value& x);
Value cos(const Value& x);
Value tan(const Value& x);
Value arcsin(const Value& x);
Value arccos(const Value& x);
Value arctan(const Value& x);
Value sinh(const Value& x);
Value cosh(const Value& x);
Value arcsinh(const Value& x);
Value arccosh(const Value& x);
Value arctanh(const Value& x);
/// The integral of the normal distribution between -x sqrt(2) and x sqrt(2).
Value erf(const Value& x);
/// What erf() makes x of.
Value erfinv(const Value& x);
/// The modified Bessel function of order 0.
Value i0(const Value& x);

}  // namespace keratin::ops
