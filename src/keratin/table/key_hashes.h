// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "keratin/base/fingerprint.h"
#include "keratin/table/key_rows.h"

namespace keratin::table {

/// Keys that a thread looks up at once, and how far ahead of one it asks for memory.
constexpr std::int64_t kKeysInTask = 2048, kKeysAhead = 24;
/// In place of a row: another string has the hash of this one.
constexpr std::int64_t kTaken = std::numeric_limits<std::int64_t>::min();

constexpr std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

inline std::uint64_t hash_of(const Keys& keys, std::int64_t i) {
  if (keys.are_strings()) return fingerprint64(keys.strings()[at(i)]);
  return static_cast<std::uint64_t>(keys.integers()[at(i)]);
}

/// Calls found(i, hash, row) for every key, on the library's threads; row is below 0 where it has
/// none: as often as it came and one more, or kTaken. kKeysInTask of them follow each other.
template <class Found>
void KeyRows::for_rows(const Keys& keys, const Found& found) const {
  parallel::for_chunks(keys.size(), kKeysInTask, [&](std::int64_t begin, std::int64_t end) {
    std::array<std::uint64_t, at(kKeysInTask)> hashes;
    for (std::int64_t i = begin; i < end; ++i) hashes[at(i - begin)] = hash_of(keys, i);
    for (std::int64_t i = begin; i < std::min(begin + kKeysAhead, end); ++i)
      index_.map.prefetch(hashes[at(i - begin)]);
    for (std::int64_t i = begin; i < end; ++i) {
      if (i + kKeysAhead < end) index_.map.prefetch(hashes[at(i + kKeysAhead - begin)]);
      const std::uint64_t hash = hashes[at(i - begin)];
      const std::int64_t row = index_.map.find(hash) - 1;
      found(i, hash, row < 0 || has(row, keys, i) ? row : kTaken);
    }
  });
}

}  // namespace keratin::table
