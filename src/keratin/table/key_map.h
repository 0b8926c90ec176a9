// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "keratin/parallel/parallel.h"
#include "keratin/tensor/pages.h"

namespace keratin::table {

/// From keys of 64 bits, any, to numbers that are not 0: open addressing with linear probing, 21 to
/// 43 bytes a key. Threads: find() is safe from any number of threads while nothing changes.
class KeyMap {
 public:
  std::int64_t size() const { return size_; }
  /// The number of `key`; 0 where it is not there.
  std::int64_t find(std::uint64_t key) const;
  /// Asks for the memory that find(key) will look at first.
  void prefetch(std::uint64_t key) const;

  /// Makes room for `more` keys. Throws OutOfMemory; then nothing has changed.
  void reserve(std::int64_t more);
  /// Gives `key` this number, not 0. There must be room where it is new.
  void set(std::uint64_t key, std::int64_t number);
  /// Keys may be multiples of each other: the upper bits of a product of the halves, mixed.
  static std::uint64_t mixed(std::uint64_t key) {
    return (key ^ (key >> 32)) * 0x9E3779B97F4A7C15U;
  }
  /// Keys fall into so many parts, each with a stretch of the memory of its own.
  static constexpr int kPartBits = 6;
  static constexpr std::int64_t kParts = 1 << kPartBits;
  static std::int64_t part_of(std::uint64_t key) {
    return static_cast<std::int64_t>(mixed(key) >> (64 - kPartBits));
  }
  /// Calls write(part, set) for every part, on the library's threads; it gives keys of that part
  /// their numbers by set(key, number). That is false for one that does not fit in the part's
  /// stretch: set() takes it afterwards. Allocates nothing.
  template <class Write>
  void set_by_parts(const Write& write) {
    std::array<std::int64_t, kParts> added{};
    constexpr std::int64_t kCellsInTask = 1 << 14;
    const std::int64_t parts =
        std::clamp<std::int64_t>(kParts * kCellsInTask / capacity_, 1, kParts);
    parallel::for_chunks(kParts, parts, [&](std::int64_t part, std::int64_t end) {
      for (; part < end; ++part) {
        write(part, [&, part](std::uint64_t key, std::int64_t number) {
          return put(key, number, stretch(part).second, added[static_cast<std::size_t>(part)]);
        });
      }
    });
    for (const std::int64_t more : added) size_ += more;
  }
  /// Forgets `key`, where it is there.
  void erase(std::uint64_t key);

  /// Calls visit(key, number) for every key, in no order.
  template <class Visit>
  void for_each(Visit visit) const {
    for (std::int64_t i = 0; i < capacity_; ++i) {
      if (cells()[i].number != 0) visit(cells()[i].key, cells()[i].number);
    }
  }

 private:
  struct Cell {
    std::uint64_t key;
    std::int64_t number;  // 0: empty, as fresh memory is
  };
  Cell* cells() const { return static_cast<Cell*>(memory_.data()); }
  /// The cells where the keys of a part are looked for first.
  std::pair<std::int64_t, std::int64_t> stretch(std::int64_t part) const {
    return {capacity_ / kParts * part, capacity_ / kParts * (part + 1)};
  }
  bool put(std::uint64_t key, std::int64_t number, std::int64_t end, std::int64_t& added);
  std::int64_t first_cell(std::uint64_t key) const;
  /// The cell of `key`, or the empty one where it would be.
  std::int64_t cell_of(std::uint64_t key) const;

  Pages memory_;
  std::int64_t capacity_ = 0;  // a power of two, kParts or more, or none
  std::int64_t size_ = 0;
};

}  // namespace keratin::table
