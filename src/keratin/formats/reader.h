// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/formats/bytes.h"
#include "keratin/formats/checked.h"

namespace keratin::formats {

static_assert(std::endian::native == std::endian::little,
              "numbers in files are little-endian, and are read as they lie");

/// Reads numbers from bytes, one after another, and never beyond them: every structure of a file is
/// read through one of these. Fails with the format's name, the place and what was to be read. The
/// bytes must outlive it.
class Reader {
 public:
  Reader(const Bytes& bytes, std::string_view format, std::uint64_t at = 0)
      : bytes_(&bytes), format_(format), at_(at) {}

  std::uint64_t at() const { return at_; }
  std::uint64_t left() const { return at_ > bytes_->size() ? 0 : bytes_->size() - at_; }
  const Bytes& bytes() const { return *bytes_; }
  std::string_view format() const { return format_; }

  template <class T>
  T number(std::string_view what) {
    T value;
    std::memcpy(&value, take(sizeof(T), what).data(), sizeof(T));
    return value;
  }
  std::uint8_t u8(std::string_view what) { return number<std::uint8_t>(what); }
  std::uint16_t u16(std::string_view what) { return number<std::uint16_t>(what); }
  std::uint32_t u32(std::string_view what) { return number<std::uint32_t>(what); }
  std::uint64_t u64(std::string_view what) { return number<std::uint64_t>(what); }
  /// A number of `size` bytes, 8 at most.
  std::uint64_t unsigned_of(std::size_t size, std::string_view what) {
    std::uint64_t value = 0;
    std::memcpy(&value, take(size, what).data(), size);
    return value;
  }

  std::span<const std::byte> take(std::uint64_t size, std::string_view what) {
    if (!fits(at_, size, bytes_->size())) {
      fail_at(at_, str(what, " of ", size, " bytes"), str("the end after ", left()));
    }
    const std::span<const std::byte> taken(bytes_->data() + at_, static_cast<std::size_t>(size));
    at_ += size;
    return taken;
  }
  std::string_view text(std::uint64_t size, std::string_view what) {
    const auto taken = take(size, what);
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }
  void skip(std::uint64_t size, std::string_view what) { take(size, what); }
  void seek(std::uint64_t at) { at_ = at; }

  /// The next bytes are `signature`.
  void expect(std::string_view signature, std::string_view what) {
    const std::uint64_t begin = at_;
    if (text(signature.size(), what) != signature) {
      fail_at(begin, str(what, " (", quoted_signature(signature), ")"), "other bytes");
    }
  }
  /// The next `size` bytes are zero.
  void expect_zeros(std::uint64_t size, std::string_view what) {
    const std::uint64_t begin = at_;
    for (const std::byte b : take(size, what)) {
      if (b != std::byte{0}) fail_at(begin, str("zeros: ", what), "other bytes");
    }
  }
  /// The number just read, of sizeof(T) bytes, is `wanted`.
  template <class T>
  void expect_number(T wanted, std::string_view what) {
    const std::uint64_t begin = at_;
    const T found = number<T>(what);
    if (found != wanted) {
      fail_at(begin, str(what, " ", static_cast<std::uint64_t>(wanted)),
              str(static_cast<std::uint64_t>(found)));
    }
  }

  [[noreturn]] void fail(std::string expected, std::string found) const {
    fail_at(at_, std::move(expected), std::move(found));
  }
  [[noreturn]] void fail_at(std::uint64_t at, std::string expected, std::string found) const {
    bytes_->fail(format_, at, std::move(expected), std::move(found));
  }

 private:
  static std::string quoted_signature(std::string_view signature) {
    std::string shown;
    for (const char c : signature) shown += c >= 0x20 && c < 0x7f ? c : '.';
    return shown;
  }

  const Bytes* bytes_;
  std::string_view format_;
  std::uint64_t at_;
};

}  // namespace keratin::formats
