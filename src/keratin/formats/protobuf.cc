// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/protobuf.h"

#include <bit>
#include <cstddef>

namespace keratin::formats {
namespace {

enum Wire { kVarint = 0, kFixed64 = 1, kDelimited = 2, kFixed32 = 5 };

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

void put_tag(std::string& out, int field, Wire wire) {
  put_varint(out, static_cast<std::uint64_t>(field) << 3 | wire);
}

template <class Bits>
void put_fixed(std::string& out, Bits bits) {
  for (std::size_t shift = 0; shift < 8 * sizeof bits; shift += 8)
    out.push_back(static_cast<char>(bits >> shift));
}

}  // namespace

void ProtobufMessage::number(int field, std::int64_t value) {
  put_tag(data_, field, kVarint);
  put_varint(data_, static_cast<std::uint64_t>(value));
}

void ProtobufMessage::real(int field, float value) {
  put_tag(data_, field, kFixed32);
  put_fixed(data_, std::bit_cast<std::uint32_t>(value));
}

void ProtobufMessage::real64(int field, double value) {
  put_tag(data_, field, kFixed64);
  put_fixed(data_, std::bit_cast<std::uint64_t>(value));
}

void ProtobufMessage::bytes(int field, std::string_view data) {
  data_ += begin(field, data.size());
  data_ += data;
}

std::string ProtobufMessage::begin(int field, std::uint64_t size) {
  std::string out;
  put_tag(out, field, kDelimited);
  put_varint(out, size);
  return out;
}

}  // namespace keratin::formats
