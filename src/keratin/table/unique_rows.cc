// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/unique_rows.h"

#include <bit>
#include <utility>

#include "keratin/parallel/parallel.h"

namespace keratin::table {
namespace {

__extension__ using Uint128 = unsigned __int128;

/// Sorts keys by their bits from `low` to `high`, least significant digit first, stable.
template <class Key>
void radix_sort(std::vector<Key>& keys, int low, int high) {
  // Digits of equal size: 11 bits fill half of the first-level cache with counters, and a short
  // list is not worth that many.
  const int widest = keys.size() < 4096 ? 8 : 11;
  const int digits = (high - low + widest - 1) / widest;
  if (digits == 0) return;
  const int bits = (high - low + digits - 1) / digits;
  const std::size_t values = std::size_t{1} << bits;
  const auto digit = [&](Key key, int d) {
    return static_cast<std::size_t>(key >> (low + d * bits)) & (values - 1);
  };
  std::vector<std::size_t> start(static_cast<std::size_t>(digits) * values);
  for (const Key key : keys) {
    for (int d = 0; d < digits; ++d) ++start[static_cast<std::size_t>(d) * values + digit(key, d)];
  }
  std::vector<Key> other(keys.size());
  for (int d = 0; d < digits; ++d) {
    std::size_t* const place = start.data() + static_cast<std::size_t>(d) * values;
    if (place[digit(keys[0], d)] == keys.size()) continue;  // all alike: in order as they are
    std::size_t next = 0;
    for (std::size_t v = 0; v < values; ++v) next += std::exchange(place[v], next);
    for (const Key key : keys) other[place[digit(key, d)]++] = key;
    parallel::check_interrupt();
    keys.swap(other);
  }
}

/// The same for a key that holds an id above its position.
template <class Key, class Id>
UniqueRows group(const Id* ids, std::int64_t count, int position_bits, int id_bits) {
  const auto n = static_cast<std::size_t>(count);
  std::vector<Key> keys(n);
  for (std::size_t i = 0; i < n; ++i) keys[i] = static_cast<Key>(ids[i]) << position_bits | i;
  radix_sort(keys, position_bits, position_bits + id_bits);

  UniqueRows unique;
  unique.ids.resize(n);
  unique.first.resize(n + 1);
  unique.positions.resize(n);
  unique.inverse.resize(n);
  const Key mask = (Key{1} << position_bits) - 1;
  std::size_t rows = 0;
  Key last = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const Key id = keys[i] >> position_bits;
    const auto position = static_cast<std::size_t>(keys[i] & mask);
    if (i == 0 || id != last) {
      unique.ids[rows] = static_cast<std::int64_t>(id);
      unique.first[rows++] = static_cast<std::int64_t>(i);
      last = id;
    }
    unique.positions[i] = static_cast<std::int64_t>(position);
    unique.inverse[position] = static_cast<std::int64_t>(rows) - 1;
  }
  unique.first[rows] = count;
  unique.ids.resize(rows);
  unique.first.resize(rows + 1);
  return unique;
}

}  // namespace

template <class Id>
UniqueRows unique_rows(const Id* ids, std::int64_t count, std::int64_t rows) {
  if (count == 0) return {.ids = {}, .first = {0}, .positions = {}, .inverse = {}};
  const int position_bits = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(count - 1)));
  const int id_bits = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(rows - 1)));
  if (position_bits + id_bits <= 64) {
    return group<std::uint64_t>(ids, count, position_bits, id_bits);
  }
  return group<Uint128>(ids, count, position_bits, id_bits);
}

template UniqueRows unique_rows(const std::int32_t*, std::int64_t, std::int64_t);
template UniqueRows unique_rows(const std::int64_t*, std::int64_t, std::int64_t);

}  // namespace keratin::table
