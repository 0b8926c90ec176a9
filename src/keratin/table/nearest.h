// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "keratin/base/similarity.h"
#include "keratin/table/table.h"

namespace keratin::table {

/// Rows that lie one behind the other, or are read: some at a time.
struct SearchedRows {
  const Table* table;  // or
  const float* whole;  // (rows, width), if not null
  std::int64_t rows, width;
};

/// Vectors, and the row that each must not find, or -1; null: they find any.
struct NearestQueries {
  const float* vectors;  // (count, D), finite
  std::int64_t count;
  const std::int64_t* excluded = nullptr;
};

/// For each vector the `k` rows of the table that are nearest to it, nearest first: out_ids and
/// out_scores are (count, k).
///
/// A score is that of the rows as read() gives them, in double and in one order, rounded to
/// float32: the same bits for any number of threads, of vectors beside it and any instruction set.
/// Of equal scores the lowest id is first; a row whose score is NaN comes behind all others.
///
/// Rows are compared in float32 some hundred at a time, for all vectors; only those that the error
/// of that does not exclude are scored. 1 <= k <= V, less one where a row is excluded.
void nearest(const SearchedRows& rows, const NearestQueries& queries, Similarity similarity,
             std::int64_t k, std::int64_t* out_ids, float* out_scores);

}  // namespace keratin::table
