// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/key_map.h"

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

namespace keratin::table {

std::int64_t KeyMap::first_cell(std::uint64_t key) const {
  return static_cast<std::int64_t>(mixed(key) >>
                                   (64 - std::countr_zero(static_cast<std::uint64_t>(capacity_))));
}

std::int64_t KeyMap::cell_of(std::uint64_t key) const {
  std::int64_t i = first_cell(key);
  while (cells()[i].number != 0 && cells()[i].key != key) i = (i + 1) & (capacity_ - 1);
  return i;
}

std::int64_t KeyMap::find(std::uint64_t key) const {
  return capacity_ == 0 ? 0 : cells()[cell_of(key)].number;
}

void KeyMap::prefetch(std::uint64_t key) const {
  if (capacity_ != 0) __builtin_prefetch(cells() + first_cell(key));
}

void KeyMap::reserve(std::int64_t more) {
  const std::int64_t wanted = size_ + more;
  if (wanted <= capacity_ / 4 * 3) return;
  KeyMap larger;
  larger.capacity_ = std::max(kParts, capacity_);
  while (wanted > larger.capacity_ / 4 * 3) larger.capacity_ *= 2;
  larger.memory_.grow(static_cast<std::size_t>(larger.capacity_) * sizeof(Cell),
                      "the keys of a table");
  // A part is first written to by the thread that has it, which clears the pages of no other.
  std::array<std::vector<Cell>, kParts> left;
  larger.set_by_parts([&](std::int64_t part, const auto& set) {
    const auto [begin, end] = stretch(part);
    for (std::int64_t i = begin; i < end; ++i) {
      const Cell& cell = cells()[i];
      if (cell.number == 0) continue;
      if (part_of(cell.key) != part || !set(cell.key, cell.number))
        left[static_cast<std::size_t>(part)].push_back(cell);
    }
  });
  for (const std::vector<Cell>& cells : left) {
    for (const Cell& cell : cells) larger.set(cell.key, cell.number);
  }
  *this = std::move(larger);
}

/// set() for a key of a part whose cells are those before `end`; false where it would lie behind.
bool KeyMap::put(std::uint64_t key, std::int64_t number, std::int64_t end, std::int64_t& added) {
  std::int64_t i = first_cell(key);
  while (cells()[i].number != 0 && cells()[i].key != key) {
    if (++i == end) return false;
  }
  added += cells()[i].number == 0 ? 1 : 0;
  cells()[i] = {key, number};
  return true;
}

void KeyMap::set(std::uint64_t key, std::int64_t number) {
  Cell& cell = cells()[cell_of(key)];
  size_ += cell.number == 0 ? 1 : 0;
  cell = {key, number};
}

/// Keys behind the gap move into it where they are looked for from before it (Knuth, TAOCP 6.4,
/// algorithm R).
void KeyMap::erase(std::uint64_t key) {
  if (capacity_ == 0) return;
  const std::int64_t mask = capacity_ - 1;
  std::int64_t gap = cell_of(key);
  if (cells()[gap].number == 0) return;
  --size_;
  for (std::int64_t i = (gap + 1) & mask; cells()[i].number != 0; i = (i + 1) & mask) {
    const std::int64_t wanted = first_cell(cells()[i].key);
    if (((i - wanted) & mask) < ((i - gap) & mask)) continue;
    cells()[gap] = cells()[i];
    gap = i;
  }
  cells()[gap].number = 0;
}

}  // namespace keratin::table
