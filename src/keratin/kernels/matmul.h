// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace keratin::kernels {

/// One matrix as a product sees it: row-major storage, taken as it lies or transposed. Its rows may
/// lie further apart than they are long, or overlap: windows of a sequence.
struct MatrixView {
  const float* data;
  bool transposed = false;
  std::int64_t row = 0;  // floats from a row of the storage to the next; 0: one behind the other
};

/// c[i][j] = the sum over p of a[i][p] b[p][j], or c += that: a is (m, k), b is (k, n), c is (m,
/// n), row-major and apart from a and b, with rows `c_row` floats apart (0: n). Sizes may be 0; the
/// sum of nothing is 0. Nothing is left out: 0 times infinity is NaN. Sums have float32's precision
/// and an order that depends on the sizes and the layout alone: equal bits for any number of
/// threads; and where b lies as it is, a row of c has the same bits whatever rows are beside it.
/// Allocates nothing, and takes up to 26 KB of stack, and 68 KB of each thread's own memory.
void matmul(MatrixView a, MatrixView b, std::int64_t m, std::int64_t k, std::int64_t n,
            bool accumulate, float* c, std::int64_t c_row = 0);

}  // namespace keratin::kernels
