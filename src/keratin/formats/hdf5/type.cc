// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/hdf5/type.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "keratin/formats/hdf5/space.h"

/// Sections IV.A.2.b and IV.A.2.d of the HDF5 file format specification.
namespace keratin::formats::hdf5 {
namespace {

constexpr std::array<std::string_view, 11> kClassNames = {
    "integer",  "float",     "time",        "string",          "bit field", "opaque",
    "compound", "reference", "enumeration", "variable-length", "array"};

struct Head {
  std::uint8_t version;
  std::uint8_t kind;
  std::uint32_t bits;
  std::uint32_t size;
};

Head read_head(Reader& reader) {
  const std::uint64_t at = reader.at();
  const std::uint8_t first = reader.u8("class of a type");
  Head head = {};
  head.version = first >> 4;
  head.kind = first & 15;
  head.bits = static_cast<std::uint32_t>(reader.unsigned_of(3, "bits of a type"));
  head.size = reader.u32("size of a type");
  if (head.version < 1 || head.version > 5) {
    reader.fail_at(at, "a type of version 1 to 5", str("version ", head.version));
  }
  if (head.size == 0) reader.fail_at(at, "a type of at least a byte", "0");
  return head;
}

/// Numbers that no C++ type has, as 24 bits in 32, are types like others and read by nobody.
void make_other(Type& type) { type.kind = Type::Kind::kOther; }

void read_integer(Reader& reader, const Head& head, Type& type) {
  const std::uint16_t offset = reader.u16("bit offset");
  const std::uint16_t precision = reader.u16("precision");
  const bool is_signed = (head.bits & 8) != 0;
  type.kind = Type::Kind::kNumber;
  type.is_big_endian = (head.bits & 1) != 0;
  switch (head.size) {
    case 1:
      type.element = is_signed ? Element::kInt8 : Element::kUint8;
      break;
    case 2:
      type.element = is_signed ? Element::kInt16 : Element::kUint16;
      break;
    case 4:
      type.element = is_signed ? Element::kInt32 : Element::kUint32;
      break;
    case 8:
      type.element = is_signed ? Element::kInt64 : Element::kUint64;
      break;
    default:
      return make_other(type);
  }
  if (offset != 0 || precision != head.size * 8 || (head.bits & ~9U) != 0) make_other(type);
}

struct FloatForm {
  Element element;
  std::uint32_t size;
  std::uint8_t exponent_at, exponent_size, mantissa_size;
  std::uint32_t bias;
};
constexpr std::array<FloatForm, 4> kFloats = {{{Element::kFloat16, 2, 10, 5, 10, 15},
                                               {Element::kBfloat16, 2, 7, 8, 7, 127},
                                               {Element::kFloat32, 4, 23, 8, 23, 127},
                                               {Element::kFloat64, 8, 52, 11, 52, 1023}}};

void read_float(Reader& reader, const Head& head, Type& type) {
  const std::uint16_t offset = reader.u16("bit offset");
  const std::uint16_t precision = reader.u16("precision");
  const std::uint8_t exponent_at = reader.u8("place of the exponent");
  const std::uint8_t exponent_size = reader.u8("size of the exponent");
  const std::uint8_t mantissa_at = reader.u8("place of the mantissa");
  const std::uint8_t mantissa_size = reader.u8("size of the mantissa");
  const std::uint32_t bias = reader.u32("bias");
  type.is_big_endian = (head.bits & 1) != 0;
  const std::uint32_t bits = (head.size * 8 - 1) << 8 | 0x20;  // sign above, one bit implied
  for (const FloatForm& form : kFloats) {
    if (form.size == head.size && form.exponent_at == exponent_at &&
        form.exponent_size == exponent_size && form.mantissa_size == mantissa_size &&
        form.bias == bias && mantissa_at == 0 && offset == 0 && precision == head.size * 8 &&
        (head.bits & ~1U) == bits) {
      type.kind = Type::Kind::kNumber;
      type.element = form.element;
      return;
    }
  }
  make_other(type);
}

void read_string(Reader& reader, const Head& head, Type& type) {
  const std::uint32_t padding = head.bits & 15;
  const std::uint32_t charset = (head.bits >> 4) & 15;
  if (padding > 2 || charset > 1 || head.bits >> 8 != 0) {
    reader.fail("a string of ASCII or UTF-8, terminated or padded", str("bits ", head.bits));
  }
  type.kind = Type::Kind::kFixedString;
  type.padding = static_cast<Type::Padding>(padding);
}

void read_variable(Reader& reader, const Head& head, Type& type) {
  const std::uint32_t charset = (head.bits >> 8) & 15;
  if ((head.bits & 15) != 1) return make_other(type);  // a sequence
  if (((head.bits >> 4) & 15) > 2 || charset > 1 || head.bits >> 12 != 0 || head.size != 16) {
    reader.fail("a variable-length string of 16 bytes", str("bits ", head.bits));
  }
  const Head base = read_head(reader);
  if (base.size != 1 || (base.kind != 0 && base.kind != 3)) {
    reader.fail("strings of bytes", str("elements of ", base.size, " bytes"));
  }
  if (base.kind == 0) reader.skip(4, "type of characters");
  type.kind = Type::Kind::kVariableString;
}

/// h5py's bool: an enumeration of FALSE and TRUE. Others are read by nobody.
void read_enumeration(Reader& reader, const Head& head, Type& type) {
  make_other(type);
  const Head base = read_head(reader);
  if (base.kind != 0 || base.size != 1 || head.size != 1 || (head.bits & 0xFFFF) != 2) return;
  reader.skip(4, "type of the members");
  const auto name_is = [&](std::string_view name) {
    const std::uint64_t size = name.size() + 1;
    return reader.left() >= size + 2 &&
           reader.text(head.version < 3 ? aligned(size, 8) : size, "name").substr(0, size) ==
               std::string(name) + '\0';
  };
  if (!name_is("FALSE") || !name_is("TRUE")) return;
  if (reader.u8("FALSE") != 0 || reader.u8("TRUE") != 1) return;
  type.kind = Type::Kind::kNumber;
  type.element = Element::kBool;
}

}  // namespace

Type read_type(const Bytes& body) {
  Reader reader(body, kHdf5);
  const Head head = read_head(reader);
  if (head.kind >= kClassNames.size()) {
    reader.fail_at(0, "a class of types from 0 to 10", str(head.kind));
  }
  Type type;
  type.size = head.size;
  type.name = kClassNames[head.kind];
  switch (head.kind) {
    case 0:
      read_integer(reader, head, type);
      break;
    case 1:
      read_float(reader, head, type);
      break;
    case 3:
      read_string(reader, head, type);
      break;
    case 5:
      type.kind = Type::Kind::kOpaque;
      break;
    case 8:
      read_enumeration(reader, head, type);
      break;
    case 9:
      read_variable(reader, head, type);
      break;
    default:
      break;
  }
  return type;
}

Extent read_extent(const Bytes& body) {
  Reader reader(body, kHdf5);
  const std::uint8_t version = reader.u8("version of a dataspace");
  if (version != 1 && version != 2) {
    reader.fail_at(0, "a dataspace of version 1 or 2", str("version ", version));
  }
  const std::uint8_t rank = reader.u8("rank");
  const std::uint8_t flags = reader.u8("flags of a dataspace");
  if (rank > 32 || flags > 1) {
    reader.fail_at(1, "a rank of 32 at most and no permutation",
                   str("rank ", rank, ", flags ", flags));
  }
  Extent extent;
  if (version == 1) {
    reader.expect_zeros(5, "reserved");
  } else {
    const std::uint8_t kind = reader.u8("kind of dataspace");
    if (kind > 2 || (kind == 1) != (rank > 0)) {
      reader.fail_at(3, "a dataspace that is scalar, simple or empty, of its rank",
                     str("kind ", kind, ", rank ", rank));
    }
    if (kind == 2) {
      extent.count = 0;
      extent.shape = Shape{0};
      return extent;
    }
  }
  for (std::uint8_t i = 0; i < rank; ++i) {
    const std::uint64_t size = reader.u64("size");
    extent.count = product(extent.count, size);
    if (size > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      reader.fail("a size below 2^63", str(size));
    }
    extent.shape.push_back(static_cast<std::int64_t>(size));
  }
  // A zero among the sizes makes no other one harmless: their product is a stride.
  std::uint64_t others = 1;
  for (const std::int64_t size : extent.shape) {
    others = product(others, static_cast<std::uint64_t>(std::max<std::int64_t>(size, 1)));
  }
  if (others >= std::uint64_t{1} << 62) reader.fail("fewer than 2^62 elements", str(extent.shape));
  for (std::uint8_t i = 0; flags == 1 && i < rank; ++i) {
    const std::uint64_t largest = reader.u64("largest size");
    const auto size = static_cast<std::uint64_t>(extent.shape[i]);
    if (largest < size) reader.fail(str("a largest size of ", size, " or more"), str(largest));
    extent.may_grow = extent.may_grow || largest != size;
  }
  return extent;
}

}  // namespace keratin::formats::hdf5
