// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

/// Rows compared with vectors, quickly: sums are of float32, in an order of each instruction set's
/// own, so that what they say is an estimate. Threads: safe on disjoint outputs.
namespace keratin::kernels {

/// The most vectors that compare_rows() takes.
inline constexpr int kFewQueries = 4;

/// For each of `count` rows, one behind the other: squares[i] = the sum of its squares, and
/// dots[q][i] that of its products with vector q of `queries`, for up to kFewQueries of them. Rows
/// of `dots` lie `stride` floats apart. Reads each row once.
void compare_rows(const float* rows, std::int64_t count, std::int64_t width, const float* vectors,
                  int queries, float* dots, std::int64_t stride, float* squares);

/// The i of `count` for which dots[i] * scale[i] + bias[i] is not below `bar`, ascending, to
/// `found`; gives their number. NaN is below nothing.
std::int64_t rows_at_bar(const float* dots, const float* scale, const float* bias, float bar,
                         std::int64_t count, std::int32_t* found);
/// The same of one row and many vectors: where dots[i] * scale + bias is not below bars[i].
std::int64_t queries_at_bar(const float* dots, float scale, float bias, const float* bars,
                            std::int64_t count, std::int32_t* found);

}  // namespace keratin::kernels
