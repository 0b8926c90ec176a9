// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace keratin {

/// What a file may ask for before it is refused. Every length in a file is held against the bytes
/// that are there, so these bound only what few bytes can make much of.
struct Limits {
  /// Bytes that packed members and chunked arrays may unpack to, in all. 0: 48 MiB, or four times
  /// the size of the file where that is more, which weights do not reach and bombs exceed.
  std::uint64_t unpacked_bytes = 0;
  /// Members of an archive.
  std::uint64_t members = 100'000;
  /// Groups, arrays and attributes of a file. 0: 100,000, or one for each kilobyte of the file
  /// where that is more: what they take in memory stays below the size of the file and 64 MiB.
  std::uint64_t objects = 0;
  /// Groups within groups.
  std::uint64_t depth = 64;
  /// Bytes of a name.
  std::uint64_t name_bytes = 4'096;
  /// Stored members above this are not read through for their checksum when they are opened, so
  /// that a table of any size opens at once; ZipArchive::verify reads them.
  std::uint64_t checked_bytes = 16'777'216;
};

}  // namespace keratin
