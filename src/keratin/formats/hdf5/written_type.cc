// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/hdf5/written_type.h"

#include "keratin/formats/little_endian.h"

namespace keratin::formats::hdf5 {
namespace {

constexpr std::uint8_t kVersion1 = 1 << 4;

void put_head(LittleEndian& out, std::uint8_t kind, std::uint32_t bits, std::uint32_t size) {
  out.u32(bits << 8 | static_cast<std::uint32_t>(kVersion1 | kind));
  out.u32(size);
}

void put_integer(LittleEndian& out, bool is_signed, std::uint32_t size) {
  put_head(out, 0, is_signed ? 8 : 0, size);
  out.u16(0);
  out.u16(static_cast<std::uint16_t>(size * 8));
}

void put_float(LittleEndian& out, std::uint32_t size, std::uint8_t exponent, std::uint32_t bias) {
  const auto bits = static_cast<std::uint16_t>(size * 8);
  const auto mantissa = static_cast<std::uint8_t>(bits - 1 - exponent);
  put_head(out, 1, static_cast<std::uint32_t>((bits - 1) << 8 | 0x20), size);
  out.u16(0);
  out.u16(bits);
  out.u8(mantissa);
  out.u8(exponent);
  out.u8(0);
  out.u8(mantissa);
  out.u32(bias);
}

/// h5py's bool: an enumeration over int8.
void put_bool(LittleEndian& out) {
  put_head(out, 8, 2, 1);
  put_integer(out, true, 1);
  out.text(std::string_view("FALSE\0\0\0TRUE\0\0\0\0", 16));
  out.u8(0);
  out.u8(1);
}

}  // namespace

std::string written_type(Element element) {
  LittleEndian out;
  switch (element) {
    case Element::kBool:
      put_bool(out);
      break;
    case Element::kFloat16:
      put_float(out, 2, 5, 15);
      break;
    case Element::kFloat32:
      put_float(out, 4, 8, 127);
      break;
    case Element::kFloat64:
      put_float(out, 8, 11, 1023);
      break;
    case Element::kBfloat16:  // bytes, as NumPy sees it; Keras writes what they are in an attribute
      put_head(out, 5, 0, 2);
      break;
    default: {
      const bool is_signed = element == Element::kInt8 || element == Element::kInt16 ||
                             element == Element::kInt32 || element == Element::kInt64;
      put_integer(out, is_signed, static_cast<std::uint32_t>(size_of(element)));
    }
  }
  out.align(8);
  return out.bytes();
}

std::string written_string_type() {
  LittleEndian out;
  put_head(out, 9, 0x101, 16);  // a string, in UTF-8
  put_integer(out, false, 1);
  out.align(8);
  return out.bytes();
}

std::string written_extent(const Shape& shape) {
  LittleEndian out;
  out.u8(1);
  out.u8(static_cast<std::uint8_t>(shape.rank()));
  out.zeros(6);
  for (const std::int64_t size : shape) out.u64(static_cast<std::uint64_t>(size));
  return out.bytes();
}

}  // namespace keratin::formats::hdf5
