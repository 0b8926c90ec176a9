// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace keratin {

/// The sum of term(i) for i in [0, n), in eight sums whatever the instruction set: additions need
/// not wait for each other.
template <class Term>
double sum_of(std::int64_t n, const Term& term) {
  std::array<double, 8> sums = {};
  std::int64_t i = 0;
  for (; i + 8 <= n; i += 8) {
    for (std::int64_t j = 0; j < 8; ++j) sums[static_cast<std::size_t>(j)] += term(i + j);
  }
  for (; i < n; ++i) sums[static_cast<std::size_t>(i % 8)] += term(i);
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

/// The sum of a[i] b[i].
inline double inner_product(const float* a, const float* b, std::int64_t n) {
  return sum_of(n, [&](std::int64_t i) { return double{a[i]} * double{b[i]}; });
}

}  // namespace keratin
