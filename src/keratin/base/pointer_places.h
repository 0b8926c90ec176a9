// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace keratin {

/// Which place each of some different pointers has: 0, 1, 2 ... as they were added. A few are
/// looked through, which is quickest; of more, one is found in constant time: a model may have
/// thousands of weights. Threads: as std::vector.
class PointerPlaces {
 public:
  static constexpr std::size_t kNone = ~std::size_t{0};

  std::size_t find(const void* pointer) const {
    if (slots_.empty()) {
      for (std::size_t i = 0; i < pointers_.size(); ++i) {
        if (pointers_[i] == pointer) return i;
      }
      return kNone;
    }
    const std::uint32_t found = slots_[slot_of(pointer)];
    return found == 0 ? kNone : found - 1;
  }
  /// Behind the others, among which it must not be. What throws (std::bad_alloc) adds nothing.
  void add(const void* pointer) {
    const std::size_t count = pointers_.size() + 1;
    if (count > kFew && 2 * count > slots_.size()) hash(4 * count);
    pointers_.push_back(pointer);
    if (!slots_.empty()) slots_[slot_of(pointer)] = static_cast<std::uint32_t>(count);
  }
  /// Keeps the memory.
  void clear() {
    pointers_.clear();
    slots_.clear();
  }
  std::size_t size() const { return pointers_.size(); }

 private:
  static constexpr std::size_t kFew = 16;

  /// Where it is, or would be.
  std::size_t slot_of(const void* pointer) const {
    const std::uint64_t mixed = reinterpret_cast<std::uintptr_t>(pointer) * 0x9E3779B97F4A7C15u;
    std::size_t slot = (mixed >> 32) & (slots_.size() - 1);
    while (slots_[slot] != 0 && pointers_[slots_[slot] - 1] != pointer)
      slot = (slot + 1) & (slots_.size() - 1);
    return slot;
  }
  void hash(std::size_t at_least) {
    std::size_t slots = 4 * kFew;
    while (slots < at_least) slots *= 2;
    slots_.assign(slots, 0);
    for (std::size_t i = 0; i < pointers_.size(); ++i)
      slots_[slot_of(pointers_[i])] = static_cast<std::uint32_t>(i + 1);
  }

  std::vector<const void*> pointers_;
  std::vector<std::uint32_t> slots_;  // a place + 1, or 0; none while there are few
};

/// Room for one more, so that the next push_back cannot fail: a list and the places of its pointers
/// grow together or not at all.
template <class T>
void make_room(std::vector<T>& list) {
  if (list.size() == list.capacity()) list.reserve(std::max<std::size_t>(8, 2 * list.size()));
}

}  // namespace keratin
