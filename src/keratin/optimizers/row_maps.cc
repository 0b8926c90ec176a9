// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/row_maps.h"

#include <algorithm>
#include <bit>

namespace keratin::optimizers {
namespace {

std::array<double, 3> through(const std::array<double, 3>& row, const RowMap& before) {
  std::array<double, 3> result;
  for (std::size_t i = 0; i < 3; ++i)
    result[i] = row[0] * before.w[i] + row[1] * before.average[i] + (i == 2 ? row[2] : 0);
  return result;
}

RowMap after(const RowMap& before, const RowMap& then) {
  return {through(then.w, before), through(then.average, before)};
}

}  // namespace

void RowMaps::reserve_one() {
  for (auto& level : levels_) level.reserve_one();
}

void RowMaps::push(const RowMap& step) noexcept {
  levels_[0].push_back(step);
  for (std::size_t l = 0; l + 1 < kLevels && levels_[l].size() % 2 == 0; ++l)
    levels_[l + 1].push_back(after(levels_[l][levels_[l].size() - 2], levels_[l].back()));
}

void RowMaps::restart() noexcept {
  for (auto& level : levels_) level.clear();
}

void RowMaps::forget(std::int64_t steps) noexcept {
  for (std::size_t l = 0; l < kLevels; ++l)
    levels_[l].drop_first(static_cast<std::size_t>(steps) >> l);
}

std::size_t RowMaps::level(std::int64_t from, std::int64_t to) {
  const auto aligned =
      from == 0 ? kLevels - 1
                : static_cast<std::size_t>(std::countr_zero(static_cast<std::uint64_t>(from)));
  const auto fits =
      static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(to - from))) - 1;
  return std::min({aligned, fits, kLevels - 1});
}

RowMap RowMaps::between(std::int64_t from, std::int64_t to) const {
  RowMap all;
  while (from < to) {
    const std::size_t l = level(from, to);
    all = after(all, run(l, from));
    from += std::int64_t{1} << l;
  }
  return all;
}

}  // namespace keratin::optimizers
