// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keratin {

/// The bytes of a text of 7 bytes at most, and how many they are: equal for equal texts alone.
/// Nothing for a longer one.
inline std::optional<std::uint64_t> key_of(std::string_view text) {
  const std::size_t size = text.size();
  if (size > 7) return std::nullopt;
  const auto byte = [&](std::size_t i) {
    return std::uint64_t{static_cast<unsigned char>(text[i])} << (8 * i);
  };
  const auto four = [&](std::size_t i) {
    std::uint32_t bytes;
    std::memcpy(&bytes, text.data() + i, sizeof bytes);
    return std::uint64_t{bytes} << (8 * i);
  };
  const std::uint64_t length = std::uint64_t{size} << 56;
  if (size >= 4) return length | four(0) | four(size - 4);
  if (size == 0) return length;
  return length | byte(0) | byte(size / 2) | byte(size - 1);
}

/// Every different string once, numbered 0, 1, 2 ... in the order of their first insertion.
/// The strings lie end to end in one buffer: a table of a million words makes a few allocations.
/// Threads: any number may read; a writer must be alone.
class StringTable {
 public:
  static constexpr std::uint32_t kMissing = 0xFFFFFFFF;

  std::uint32_t find(std::string_view text) const;
  /// Bytes from the beginning of a text on that find_all() reads where it may.
  static constexpr std::size_t kRoom = 12;
  /// The same of each, quicker: the places of several are asked of memory at once. `has_room`: from
  /// the beginning of each text on kRoom bytes may be read, whatever its size.
  void find_all(std::span<const std::string_view> texts, std::span<std::uint32_t> ids,
                bool has_room = false) const;
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
  /// Of a text of 11 bytes at most those, zeros, and its size, which only that text has; of a
  /// longer one a hash, and kIsHash in place of the size.
  struct Key {
    std::uint64_t first;
    std::uint32_t rest;
    bool operator==(const Key&) const = default;
    bool is_hash() const { return rest >> 24 == kIsHash; }
  };
  struct Slot {
    Key key() const { return {first, rest}; }
    std::uint64_t first = 0;
    std::uint32_t rest = 0;
    std::uint32_t id = kMissing;
  };
  static constexpr std::uint32_t kIsHash = 0xFF;
  static Key key_of_any(std::string_view text);
  static Key key_with_room(std::string_view text);
  std::size_t place(Key key) const {
    constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15, kOdd = 0xD6E8FEB86659FD93;
    return static_cast<std::size_t>(((key.first ^ key.rest * kOdd) * kGolden) >> shift_);
  }
  std::size_t slot_of(std::string_view text, Key key) const;
  void grow();

  std::string bytes_;
  std::vector<std::size_t> ends_;  // of string i in bytes_
  std::vector<Slot> slots_;        // open addressing, a power of two, at most half full
  int shift_ = 64;                 // less the logarithm of the slots
};

}  // namespace keratin
