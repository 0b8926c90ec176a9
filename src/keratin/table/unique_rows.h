// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace keratin::table {

/// The allocator of a vector whose new elements are not set: each is written before it is read, and
/// to clear them would be work of one thread.
template <class T>
struct Unset : std::allocator<T> {
  template <class U>
  struct rebind {
    using other = Unset<U>;
  };
  void construct(T*) noexcept {}
};
template <class T>
using UnsetVector = std::vector<T, Unset<T>>;

/// Which positions of a batch hold which row: the ids, each once, and their positions in order.
struct UniqueRows {
  UnsetVector<std::int64_t> ids;  // n distinct ids, ascending
  UnsetVector<std::int64_t>
      first;  // n + 1: positions of ids[i] are positions[first[i] .. first[i+1])
  UnsetVector<std::int64_t> positions;  // ascending for each id
  UnsetVector<std::int64_t> inverse;    // which of `ids` stands at each position
};

/// Groups `count` ids, all in [0, rows), by a stable radix sort: O(count), whatever `rows` is. For
/// int32 and int64 ids. Many ids are shared out among the library's threads.
template <class Id>
UniqueRows unique_rows(const Id* ids, std::int64_t count, std::int64_t rows);

}  // namespace keratin::table
