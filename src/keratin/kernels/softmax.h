// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

/// What softmax and the cross-entropies need of a line of floats. Exponentials are within 4 ulp,
/// sums are of doubles. NaN gives NaN.
namespace keratin::kernels {

/// The largest element, minus infinity of none; NaN where one is.
float largest(std::int64_t count, const float* x);

/// y = exp(x - by), which may be x; the sum of y.
double exp_minus(std::int64_t count, const float* x, float by, float* y);
/// That sum alone.
double sum_of_exp_minus(std::int64_t count, const float* x, float by);

}  // namespace keratin::kernels
