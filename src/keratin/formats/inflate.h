// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "keratin/base/limits.h"
#include "keratin/formats/bytes.h"

namespace keratin::formats {

/// How packed bytes are wrapped: not at all (zip), or by zlib's header and checksum (HDF5).
enum class Deflated : std::uint8_t { kRaw, kZlib };

/// What `packed` unpacks to: `size` bytes. Throws FormatError of `format` where it is more, less or
/// broken; OutOfMemory. Memory grows with what is unpacked, not with `size`.
std::shared_ptr<const std::byte[]> inflate(const Bytes& packed, Deflated wrapping,
                                           std::uint64_t size, std::string_view format);
/// The same to memory that is there.
void inflate_to(const Bytes& packed, Deflated wrapping, std::span<std::byte> out,
                std::string_view format);

/// Bytes that a file of `file_size` may unpack to.
std::uint64_t unpacked_limit(const Limits& limits, std::uint64_t file_size);

}  // namespace keratin::formats
