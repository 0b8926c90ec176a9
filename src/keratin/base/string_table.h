// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace keratin {

/// Every different string once, numbered 0, 1, 2 ... in the order of their first insertion.
/// The strings lie end to end in one buffer: a table of a million words makes a few allocations.
/// Threads: any number may read; a writer must be alone.
class StringTable {
 public:
  static constexpr std::uint32_t kMissing = 0xFFFFFFFF;

  std::uint32_t find(std::string_view text) const;
  /// The number of `text`, a new one when it is not there yet. Throws std::length_error beyond 2^32
  /// - 2.
  std::uint32_t insert(std::string_view text);
  /// Valid until the next insertion.
  std::string_view operator[](std::uint32_t id) const {
    const std::size_t begin = id == 0 ? 0 : ends_[id - 1];
    return std::string_view(bytes_).substr(begin, ends_[id] - begin);
  }
  std::size_t size() const { return ends_.size(); }

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t id = kMissing;
  };
  std::size_t slot_of(std::string_view text, std::uint32_t hash) const;
  void grow();

  std::string bytes_;
  std::vector<std::size_t> ends_;  // of string i in bytes_
  std::vector<Slot> slots_;        // open addressing, a power of two, at most half full
};

}  // namespace keratin
