// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/graph/value.h"

namespace keratin::ops {

/// (..., m, k) by (..., k, n) is (..., m, n): the axes in front broadcast. A vector is a row in
/// front and a column behind, and that axis goes again.
/// float32 has the precision of kernels/matmul: equal bits for any number of threads. Integers are
/// multiplied exactly and wrap around as the type of both together does; int8 alone gives int32.
/// Throws std::invalid_argument for shapes that do not fit, and for numbers, which have no axis.
Value matmul(const Value& x1, const Value& x2);
/// matmul(x1, swapaxes(x2, -1, -2)), where x2 has two axes or more, without a copy of x2: (..., m,
/// k) by (..., n, k) is (..., m, n).
Value matmul_transposed(const Value& x1, const Value& x2);

}  // namespace keratin::ops
