// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/crc32.h"

#include <random>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace keratin::formats {
namespace {

/// Bit by bit, as it is defined: ISO 3309.
std::uint32_t defined(std::span<const std::byte> data, std::uint32_t before) {
  std::uint32_t sum = ~before;
  for (const std::byte byte : data) {
    sum ^= static_cast<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) sum = sum >> 1 ^ ((sum & 1) != 0 ? 0xEDB88320U : 0U);
  }
  return ~sum;
}

TEST(Crc32, IsWhatItsDefinitionSays) {
  const std::string_view digits = "123456789";
  EXPECT_EQ(checksum(std::as_bytes(std::span(digits))),
            0xCBF43926U);  // the check of its definition
  EXPECT_EQ(checksum({}, 7), 7U);
  std::mt19937 engine(3);
  std::vector<std::byte> bytes(5000);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(engine());
  for (std::size_t size = 0; size < 1300; ++size) {
    const auto part = std::span(bytes).subspan(size % 33, size);
    const auto before = static_cast<std::uint32_t>(size % 3 == 0 ? 0 : engine());
    EXPECT_EQ(checksum(part, before), defined(part, before)) << size;
  }
}

TEST(Crc32, GoesOnWithParts) {
  std::vector<std::byte> bytes((std::size_t{1} << 24) + 777);  // more than a piece
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * i >> 7);
  const std::uint32_t whole = checksum(bytes);
  for (const std::size_t at : {1UL, 63UL, 64UL, 100UL, bytes.size() - 5})
    EXPECT_EQ(checksum(std::span(bytes).subspan(at), checksum(std::span(bytes).first(at))), whole);
}

}  // namespace
}  // namespace keratin::formats
