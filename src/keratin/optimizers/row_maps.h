// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "keratin/optimizers/step_list.h"

/// Steps that are linear, many at once. Not installed.
namespace keratin::optimizers {

/// What some steps in a row do to an element at rest: its weight w, its average, and a number s
/// that stays as it is, all linear.
struct RowMap {
  std::array<double, 3> w = {1, 0, 0};        // w becomes w[0] w + w[1] average + w[2] s
  std::array<double, 3> average = {0, 1, 0};  // the average likewise
};

/// The maps of steps, and of every run of 2, 4, 8 ... 32768 steps that begins at a multiple of its
/// length: any run is then a few of them.
class RowMaps {
 public:
  static constexpr std::size_t kLevels = 16;
  static constexpr std::int64_t kLongest = std::int64_t{1} << (kLevels - 1);

  void reserve_one();
  void push(const RowMap& step) noexcept;
  void restart() noexcept;
  /// Forgets the first `steps`, a multiple of kLongest.
  void forget(std::int64_t steps) noexcept;

  /// The level of the longest run that begins at step `from` and does not pass `to`.
  static std::size_t level(std::int64_t from, std::int64_t to);
  const RowMap& run(std::size_t level, std::int64_t from) const {
    return levels_[level][static_cast<std::size_t>(from) >> level];
  }
  /// The steps from `from` up to `to`, at once.
  RowMap between(std::int64_t from, std::int64_t to) const;

 private:
  std::array<StepList<RowMap>, kLevels> levels_;
};

}  // namespace keratin::optimizers
