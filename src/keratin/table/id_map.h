// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "keratin/tensor/pages.h"

namespace keratin::table {

/// From the ids in use to their places 0, 1, 2 ... in the order in which they came: open addressing
/// with linear probing, 21 to 43 bytes an id; none while they come as 0, 1, 2 ... Ids are 0 or
/// more. Threads: find() is safe from any number of threads while nothing is inserted.
class IdMap {
 public:
  std::int64_t size() const { return size_; }
  /// Whether they are 0 ... size() - 1, each its own place.
  bool is_in_order() const { return capacity_ == 0; }
  /// The place of `id`, or -1.
  std::int64_t find(std::int64_t id) const;
  /// Asks for the memory that find(id) will look at first.
  void prefetch(std::int64_t id) const;

  /// Makes room for these new ids, in this order. Throws OutOfMemory; then nothing has changed.
  void reserve(std::span<const std::int64_t> ids);
  /// The place of a new id, size() before the call. There must be room for it.
  std::int64_t insert(std::int64_t id);

  /// While they are in order: the next `count` ids.
  void insert_next(std::int64_t count) { size_ += count; }

  /// Calls visit(id, place) for every id, in no order.
  template <class Visit>
  void for_each(Visit visit) const {
    for (std::int64_t id = 0; is_in_order() && id < size_; ++id) visit(id, id);
    for (std::int64_t i = 0; i < capacity_; ++i) {
      if (cells()[i].id_plus_1 != 0) visit(cells()[i].id_plus_1 - 1, cells()[i].place);
    }
  }

 private:
  struct Cell {
    std::int64_t id_plus_1;  // 0: empty, as fresh memory is
    std::int64_t place;
  };
  Cell* cells() const { return static_cast<Cell*>(memory_.data()); }
  std::int64_t first_cell(std::int64_t id) const;
  void put(std::int64_t id, std::int64_t place);

  Pages memory_;
  std::int64_t capacity_ = 0;  // a power of two; none while ids are in order
  std::int64_t size_ = 0;
};

}  // namespace keratin::table
