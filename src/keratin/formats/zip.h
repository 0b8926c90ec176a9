// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/limits.h"
#include "keratin/formats/bytes.h"

namespace keratin::formats {

/// A zip archive that has one meaning: docs/formats/zip.md lists what is refused. Threads: const.
class ZipArchive {
 public:
  struct Member {
    std::string name;
    bool is_packed = false;  ///< deflated; otherwise its bytes are stored as they are
    std::uint32_t checksum = 0;
    std::uint64_t size = 0;
    std::uint64_t packed_size = 0;
    std::uint64_t header = 0;  ///< where its local header begins
    std::uint64_t begin = 0;   ///< where its bytes begin
    std::uint64_t end = 0;     ///< where the next member's header begins
  };

  /// Reads the directory and every local header. Throws FormatError.
  static ZipArchive open(Bytes bytes, const Limits& limits = {});

  const std::string& file() const { return bytes_.file(); }
  /// In the order of the directory.
  const std::vector<Member>& members() const { return members_; }
  /// The member of exactly that name, or null.
  const Member* find(std::string_view name) const;

  /// The bytes of a member: of a stored one a part of the archive's, of a packed one memory of its
  /// own. The checksum is held against them, but for stored members above limits.checked_bytes.
  /// Throws FormatError.
  Bytes read(const Member& member) const;
  /// Reads the whole member and holds the checksum against it. Throws FormatError.
  void verify(const Member& member) const;

 private:
  ZipArchive() = default;
  Bytes unpacked(const Member& member) const;
  void check(const Member& member, const Bytes& data) const;

  Bytes bytes_;
  Limits limits_;
  std::vector<Member> members_;
  std::vector<std::size_t> by_name_;
};

}  // namespace keratin::formats
