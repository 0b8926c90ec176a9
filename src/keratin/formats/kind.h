// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "keratin/formats/bytes.h"

namespace keratin::formats {

enum class FileKind : std::uint8_t { kHdf5, kZip, kJson, kNpy, kSafetensors };

std::string_view to_string(FileKind kind);

/// What a file is, by its first bytes and never by its name. Throws FormatError that says what it
/// is for what is none of these: an empty file, the pointer that Git LFS leaves in place of a file,
/// a page of HTML, a pickle ...
FileKind kind_of(const Bytes& bytes);

}  // namespace keratin::formats
