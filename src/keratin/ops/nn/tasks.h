// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

/// How much work a task of a loop on several threads is. Not installed.
namespace keratin::ops::nn {

/// Some ten microseconds of reading.
inline constexpr std::int64_t kFloatsPerTask = 1 << 16;

/// How many items of `floats` numbers make a task; one at least.
inline std::int64_t items_per_task(std::int64_t floats,
                                   std::int64_t floats_per_task = kFloatsPerTask) {
  return std::max<std::int64_t>(1, floats_per_task / std::max<std::int64_t>(1, floats));
}

}  // namespace keratin::ops::nn
