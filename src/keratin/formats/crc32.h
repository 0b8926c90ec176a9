// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

/// Not installed.
namespace keratin::formats {

/// CRC-32 as zip and gzip have it; of a second part with the first one's as `before`. Between
/// pieces of it Ctrl-C is heard. By products of polynomials where the processor has them
/// (PCLMULQDQ): zlib's own was most of what reading a stored archive took.
std::uint32_t checksum(std::span<const std::byte> data, std::uint32_t before = 0);

}  // namespace keratin::formats
