// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "keratin/tensor/sparse_rows.h"

namespace keratin::table {

/// Which positions of a batch hold which row: the ids, each once, and their positions in order.
struct UniqueRows {
  std::vector<std::int64_t> ids;  // n distinct ids, ascending
  std::vector<std::int64_t>
      first;  // n + 1: positions of ids[i] are positions[first[i] .. first[i+1])
  std::vector<std::int64_t> positions;  // ascending for each id
  std::vector<std::int64_t> inverse;    // which of `ids` stands at each position
};

/// Groups `count` ids, all in [0, rows), by a stable radix sort: O(count), whatever `rows` is.
UniqueRows unique_rows(const std::int64_t* ids, std::int64_t count, std::int64_t rows);

/// The gradient of a table from the gradient of what was looked up: `gradient` is (count, width) in
/// the order of the ids. A row's gradients are added in the order of their positions.
SparseRows sum_rows(const UniqueRows& unique, const float* gradient, std::int64_t width);

}  // namespace keratin::table
