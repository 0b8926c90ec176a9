// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace keratin::formats {

/// Numbers one behind another, as files have them: what a writer builds its structures of.
class LittleEndian {
 public:
  template <class T>
  void number(T value) {
    char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    bytes_.append(bytes, sizeof(T));
  }
  void u8(std::uint8_t value) { number(value); }
  void u16(std::uint16_t value) { number(value); }
  void u32(std::uint32_t value) { number(value); }
  void u64(std::uint64_t value) { number(value); }
  void text(std::string_view text) { bytes_ += text; }
  void zeros(std::uint64_t count) { bytes_.append(static_cast<std::size_t>(count), '\0'); }
  /// Zeros up to a multiple of `alignment` bytes.
  void align(std::uint64_t alignment) {
    zeros((alignment - bytes_.size() % alignment) % alignment);
  }
  /// Write over bytes that are there.
  void set_u64(std::uint64_t at, std::uint64_t value) {
    std::memcpy(bytes_.data() + at, &value, sizeof value);
  }
  void set(std::uint64_t at, std::string_view text) {
    bytes_.replace(static_cast<std::size_t>(at), text.size(), text);
  }

  std::uint64_t size() const { return bytes_.size(); }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace keratin::formats
