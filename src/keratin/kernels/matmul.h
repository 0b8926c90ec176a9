// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace keratin::kernels {

/// One matrix as a product sees it: row-major storage, taken as it lies or transposed.
struct MatrixView {
  const float* data;
  bool transposed = false;
};

/// c[i][j] = the sum over p of a[i][p] b[p][j], or c += that: a is (m, k), b is (k, n), c is (m,
/// n), row-major and apart from a and b. Sizes may be 0; the sum of nothing is 0. Nothing is left
/// out: 0 times infinity is NaN. Sums have float32's precision and an order that depends on the
/// sizes and the layout alone: equal bits for any number of threads; and where b lies as it is, a
/// row of c has the same bits whatever rows are beside it. Allocates nothing, and takes up to 26 KB
/// of stack.
void matmul(MatrixView a, MatrixView b, std::int64_t m, std::int64_t k, std::int64_t n,
            bool accumulate, float* c);

}  // namespace keratin::kernels
