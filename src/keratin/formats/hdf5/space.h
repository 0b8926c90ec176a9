// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/limits.h"
#include "keratin/formats/bytes.h"
#include "keratin/formats/reader.h"

namespace keratin::formats::hdf5 {

inline constexpr std::string_view kHdf5 = "HDF5";
inline constexpr std::uint64_t kUndefined = ~std::uint64_t{0};

/// The bytes of a file, and which of them are taken. Every structure and all data take theirs once,
/// so that the bytes taken are never more than there are: whatever goes in a circle, or has two
/// names, ends there. That no two ranges overlap is seen when all are known.
class Space {
 public:
  Space(Bytes bytes, const Limits& limits) : bytes_(std::move(bytes)), limits_(limits) {}

  const Bytes& bytes() const { return bytes_; }
  const Limits& limits() const { return limits_; }

  /// Takes [at, at + size) for `what`, which must outlive this. Throws FormatError.
  void claim(std::uint64_t at, std::uint64_t size, std::string_view what);
  /// The same, and the bytes; offsets in its errors stay those of the file.
  Bytes take(std::uint64_t at, std::uint64_t size, std::string_view what);
  /// Counts a group, an array or an attribute.
  void count_object(std::uint64_t at);
  /// Counts what will be unpacked or copied.
  void count_unpacked(std::uint64_t at, std::uint64_t size);
  /// Throws FormatError where two ranges overlap.
  void check_overlaps();

  [[noreturn]] void fail(std::uint64_t at, std::string expected, std::string found) const {
    bytes_.fail(kHdf5, at, std::move(expected), std::move(found));
  }

 private:
  struct Range {
    std::uint64_t begin;
    std::uint64_t end;
    std::string_view what;
  };

  Bytes bytes_;
  Limits limits_;
  std::vector<Range> taken_;
  std::uint64_t taken_bytes_ = 0;
  std::uint64_t objects_ = 0;
  std::uint64_t unpacked_ = 0;
};

/// Bob Jenkins's lookup3 with the seed 0, the checksum of HDF5's newer structures.
std::uint32_t lookup3(std::span<const std::byte> data);

/// The last four bytes of `structure` are the checksum of those before.
void check_lookup3(const Bytes& structure, std::string_view what);

}  // namespace keratin::formats::hdf5
