// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/protobuf.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace keratin::formats {
namespace {

using namespace std::string_literals;

// The examples of the format's own description (protobuf.dev/programming-guides/encoding).
TEST(Protobuf, IsWhatItsDescriptionHas) {
  ProtobufMessage number;
  number.number(1, 150);
  EXPECT_EQ(number.data(), "\x08\x96\x01"s);
  ProtobufMessage text;
  text.bytes(2, "testing");
  EXPECT_EQ(text.data(), "\x12\x07testing"s);
  ProtobufMessage inner;
  inner.message(3, number);
  EXPECT_EQ(inner.data(), "\x1a\x03\x08\x96\x01"s);
  ProtobufMessage less;
  less.number(1, -2);  // ten bytes of two's complement
  EXPECT_EQ(less.data(), "\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"s);
}

TEST(Protobuf, TakesTheLargestNumbersAndFields) {
  ProtobufMessage message;
  message.number(16, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(message.data(), "\x80\x01\xff\xff\xff\xff\xff\xff\xff\xff\x7f"s);
  ProtobufMessage one;
  one.real(2, 1.0F);  // 0x3f800000, little-endian
  EXPECT_EQ(one.data(), "\x15\x00\x00\x80\x3f"s);
  ProtobufMessage two;
  two.real64(1, -2.0);  // 0xc000000000000000
  EXPECT_EQ(two.data(), "\x09\x00\x00\x00\x00\x00\x00\x00\xc0"s);
  EXPECT_EQ(ProtobufMessage::begin(9, 300), "\x4a\xac\x02"s);
}

}  // namespace
}  // namespace keratin::formats
