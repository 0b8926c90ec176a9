// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// What a norm is the root of. The same bits on every instruction set. Threads: safe.
namespace keratin::kernels {

/// The sum of x^2, in double and in an order that depends on n alone.
double sum_of_squares(const float* x, std::size_t n);

}  // namespace keratin::kernels
