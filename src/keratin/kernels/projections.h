// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace keratin::kernels {

/// v -= the sum of q (q v) over `q_count` vectors q of length 1, two at a time: what of each of the
/// `v_count` vectors v lies in their directions. Vectors have n elements and stand one behind the
/// other, those of v apart from those of q. What becomes of a v does not depend on the others.
void subtract_projections(const double* q, std::int64_t q_count, double* v, std::int64_t v_count,
                          std::int64_t n);

}  // namespace keratin::kernels
