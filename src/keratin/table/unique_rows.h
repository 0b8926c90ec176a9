// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace keratin::table {

/// Which positions of a batch hold which row: the ids, each once, and their positions in order.
struct UniqueRows {
  std::vector<std::int64_t> ids;  // n distinct ids, ascending
  std::vector<std::int64_t>
      first;  // n + 1: positions of ids[i] are positions[first[i] .. first[i+1])
  std::vector<std::int64_t> positions;  // ascending for each id
  std::vector<std::int64_t> inverse;    // which of `ids` stands at each position
};

/// Groups `count` ids, all in [0, rows), by a stable radix sort: O(count), whatever `rows` is. For
/// int32 and int64 ids.
template <class Id>
UniqueRows unique_rows(const Id* ids, std::int64_t count, std::int64_t rows);

}  // namespace keratin::table
