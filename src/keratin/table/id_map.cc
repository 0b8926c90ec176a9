// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/id_map.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace keratin::table {

std::int64_t IdMap::first_cell(std::int64_t id) const {
  // Fibonacci hashing (Knuth, TAOCP 6.4): the upper bits of a product with 2^64 / golden ratio.
  const std::uint64_t mixed = static_cast<std::uint64_t>(id) * 0x9E3779B97F4A7C15U;
  return static_cast<std::int64_t>(mixed >>
                                   (64 - std::countr_zero(static_cast<std::uint64_t>(capacity_))));
}

std::int64_t IdMap::find(std::int64_t id) const {
  if (is_in_order()) return id < size_ ? id : -1;
  for (std::int64_t i = first_cell(id);; i = (i + 1) & (capacity_ - 1)) {
    const Cell& cell = cells()[i];
    if (cell.id_plus_1 == id + 1) return cell.place;
    if (cell.id_plus_1 == 0) return -1;
  }
}

void IdMap::prefetch(std::int64_t id) const {
  if (!is_in_order()) __builtin_prefetch(cells() + first_cell(id));
}

void IdMap::reserve(std::span<const std::int64_t> ids) {
  constexpr std::int64_t kSmallest = 64;
  bool stays_in_order = is_in_order();
  for (std::size_t i = 0; stays_in_order && i < ids.size(); ++i)
    stays_in_order = ids[i] == size_ + static_cast<std::int64_t>(i);
  if (stays_in_order) return;
  const std::int64_t wanted = size_ + static_cast<std::int64_t>(ids.size());
  if (!is_in_order() && wanted <= capacity_ / 4 * 3) return;
  IdMap larger;
  larger.capacity_ = std::max(kSmallest, capacity_);
  while (wanted > larger.capacity_ / 4 * 3) larger.capacity_ *= 2;
  larger.memory_.grow(static_cast<std::size_t>(larger.capacity_) * sizeof(Cell),
                      "the places of its rows");
  for_each([&](std::int64_t id, std::int64_t place) { larger.put(id, place); });
  larger.size_ = size_;
  *this = std::move(larger);
}

void IdMap::put(std::int64_t id, std::int64_t place) {
  std::int64_t i = first_cell(id);
  while (cells()[i].id_plus_1 != 0) i = (i + 1) & (capacity_ - 1);
  cells()[i] = {id + 1, place};
}

std::int64_t IdMap::insert(std::int64_t id) {
  if (!is_in_order()) put(id, size_);
  return size_++;
}

}  // namespace keratin::table
