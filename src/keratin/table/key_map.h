// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

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
  std::int64_t first_cell(std::uint64_t key) const;
  /// The cell of `key`, or the empty one where it would be.
  std::int64_t cell_of(std::uint64_t key) const;

  Pages memory_;
  std::int64_t capacity_ = 0;  // a power of two, or none
  std::int64_t size_ = 0;
};

}  // namespace keratin::table
