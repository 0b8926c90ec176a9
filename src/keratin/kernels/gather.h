// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>

namespace keratin::kernels {

/// out[i] = table[ids[i]], rows of `width` floats. Every id must be a row of the table.
template <class Id>
void gather_rows(const float* table, std::int64_t width, const Id* ids, std::int64_t count,
                 float* out) {
  constexpr std::int64_t kAhead =
      16;  // rows asked for before they are needed: memory takes ~100 ns
  const std::size_t bytes = static_cast<std::size_t>(width) * sizeof(float);
  for (std::int64_t i = 0; i < count; ++i) {
    if (i + kAhead < count)
      __builtin_prefetch(table + static_cast<std::int64_t>(ids[i + kAhead]) * width);
    std::memcpy(out + i * width, table + static_cast<std::int64_t>(ids[i]) * width, bytes);
  }
}

}  // namespace keratin::kernels
