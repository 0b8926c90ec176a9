// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <span>

/// Arithmetic on numbers that a file says. What does not fit 64 bits becomes kTooMuch, which is
/// more than any file has, and stays it in further sums and products: so one comparison at the end
/// is enough.
namespace keratin::formats {

inline constexpr std::uint64_t kTooMuch = std::numeric_limits<std::uint64_t>::max();

inline std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  std::uint64_t result = 0;
  return __builtin_add_overflow(a, b, &result) ? kTooMuch : result;
}

inline std::uint64_t product(std::uint64_t a, std::uint64_t b) {
  if (a == 0 || b == 0) return 0;
  if (a == kTooMuch || b == kTooMuch) return kTooMuch;
  std::uint64_t result = 0;
  return __builtin_mul_overflow(a, b, &result) ? kTooMuch : result;
}

/// `value` made a multiple of `alignment`, a power of two, by adding to it.
inline std::uint64_t aligned(std::uint64_t value, std::uint64_t alignment) {
  const std::uint64_t up = sum(value, alignment - 1);
  return up == kTooMuch ? kTooMuch : up & ~(alignment - 1);
}

/// True where [offset, offset + size) lies within `total` bytes.
inline bool fits(std::uint64_t offset, std::uint64_t size, std::uint64_t total) {
  return offset <= total && size <= total - offset;
}

}  // namespace keratin::formats
