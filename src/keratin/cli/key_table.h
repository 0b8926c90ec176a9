// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace keratin::cli {

/// Numbers by keys of 64 bits. Open addressing, at most half full: a look is one place in memory,
/// most often.
class KeyTable {
 public:
  static constexpr std::uint32_t kMissing = 0xFFFFFFFF;

  /// Has room for so many keys before it grows.
  explicit KeyTable(std::size_t count = 0) {
    std::size_t slots = 2;
    for (; slots < 2 * count; slots *= 2) --shift_;
    slots_.resize(slots);
  }
  std::uint32_t find(std::uint64_t key) const {
    for (std::size_t at = place(key);; at = (at + 1) & (slots_.size() - 1)) {
      const Slot& slot = slots_[at];
      if (slot.key == key || slot.number == kMissing) return slot.number;
    }
  }
  /// Each key once; a number is not kMissing.
  void insert(std::uint64_t key, std::uint32_t number) {
    if (2 * ++count_ > slots_.size()) grow();
    put({key, number});
  }

 private:
  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t number = kMissing;
  };
  void put(Slot slot) {
    std::size_t at = place(slot.key);
    while (slots_[at].number != kMissing) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot;
  }
  void grow() {
    std::vector<Slot> old(2 * slots_.size());
    old.swap(slots_);
    --shift_;
    for (const Slot& slot : old) {
      if (slot.number != kMissing) put(slot);
    }
  }
  std::size_t place(std::uint64_t key) const {
    constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15;  // Fibonacci hashing
    return static_cast<std::size_t>((key * kGolden) >> shift_);
  }
  std::vector<Slot> slots_;
  std::size_t count_ = 0;
  int shift_ = 63;  // 64 less the logarithm of the slots
};

/// Of two numbers, in that order.
inline std::uint64_t key_of_pair(std::uint32_t first, std::uint32_t second) {
  return (std::uint64_t{first} << 32) | second;
}

}  // namespace keratin::cli
