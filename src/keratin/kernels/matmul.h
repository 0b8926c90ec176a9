// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace keratin::kernels {

/// One matrix as a product sees it: row-major storage, taken as it lies or transposed.
struct MatrixView {
  const float* data;
  bool transposed = false;
};

/// c = a b, or c += a b: a is (m, k), b is (k, n), c is (m, n), row-major and apart from a and b.
/// Rows of c are split into chunks that depend on the sizes alone, so results do not depend on the
/// number of threads. Large products are oneDNN's sgemm, one-threaded inside the library's own
/// tasks.
void matmul(MatrixView a, MatrixView b, std::int64_t m, std::int64_t k, std::int64_t n,
            bool accumulate, float* c);

}  // namespace keratin::kernels
