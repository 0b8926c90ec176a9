// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "keratin/base/precision.h"

/// Rows of a matrix found by id: copied, added up, compared; and stored in 16 bits. Everything is
/// float32 but for what is stored. The same bits on every instruction set. Ids must be rows of the
/// matrix; spans have any alignment and do not overlap. Threads: safe on disjoint outputs.
namespace keratin::kernels {

/// A matrix, row after row, `width` elements each.
struct Rows {
  const void* data;
  Precision precision;
  std::int64_t width;
};

/// out[i] = row ids[i], for int32 and int64 ids. `stream`: past the caches, for an output that will
/// not be read soon or is larger than they are.
template <class Id>
void gather_rows(const Rows& rows, const Id* ids, std::int64_t count, float* out, bool stream);

enum class Reduction { kSum, kMax };

/// For each of `bags` bags: out[b] = the rows of ids[first[b]] ... ids[first[b + 1] - 1], reduced
/// to one in this order. A sum starts at 0, a maximum at -infinity; in a maximum a NaN stays, and
/// of equal numbers the later counts.
template <class Id>
void reduce_rows(Reduction reduction, const Rows& rows, const Id* ids, const std::int64_t* first,
                 std::int64_t bags, float* out);

/// The same sums of rows times `weights`, one an id: the product is rounded, then added.
template <class Id>
void sum_weighted_rows(const Rows& rows, const Id* ids, const float* weights,
                       const std::int64_t* first, std::int64_t bags, float* out);

/// out[d] = the sum over i of share[ids[i]][d] where top[ids[i]][d] == row[d], in this order: how a
/// row shares in the gradient of the maxima it is part of.
void sum_where_equal(const float* row, const float* top, const float* share, std::int64_t width,
                     const std::int64_t* ids, std::int64_t count, float* out);

/// out = the n elements at `from`, exactly.
void load_elements(Precision precision, const void* from, std::int64_t n, float* out);
/// Rounds to nearest, ties to even; what is beyond the largest number becomes infinite.
void store_elements(Precision precision, const float* from, std::int64_t n, void* out);
/// Rounds up or down, with the odds that make the expected value the value itself. Element i draws
/// from a hash of (seed, i): the same seed gives the same bits. Infinities and NaN stay.
void store_elements_stochastic(Precision precision, const float* from, std::int64_t n,
                               std::uint32_t seed, void* out);

}  // namespace keratin::kernels
