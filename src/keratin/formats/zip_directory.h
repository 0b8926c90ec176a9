// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "keratin/base/limits.h"
#include "keratin/formats/bytes.h"
#include "keratin/formats/zip.h"

namespace keratin::formats {

/// As errors name the format.
inline constexpr std::string_view kZip = "zip";

/// What the end of an archive and its directory say, held against every local header.
struct ZipDirectory {
  std::uint64_t begin = 0;
  std::vector<ZipArchive::Member> members;
};

/// Throws FormatError.
ZipDirectory read_zip_directory(const Bytes& bytes, const Limits& limits);

}  // namespace keratin::formats
