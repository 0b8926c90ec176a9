// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "keratin/base/shape.h"
#include "keratin/formats/array.h"
#include "keratin/formats/reader.h"

namespace keratin::formats::hdf5 {

/// What one element of an array or attribute is.
struct Type {
  enum class Kind : std::uint8_t {
    kNumber,
    kOpaque,          ///< bytes; two of them are a bfloat16 where the array says so
    kFixedString,     ///< of `size` bytes
    kVariableString,  ///< 16 bytes that point into a global heap
    kOther            ///< known by name, and read by nobody
  };
  enum class Padding : std::uint8_t { kTerminated, kNul, kSpace };

  Kind kind = Kind::kOther;
  Element element = Element::kFloat32;
  bool is_big_endian = false;
  Padding padding = Padding::kNul;
  std::uint32_t size = 0;
  std::string_view name = "";  ///< in errors: "compound" ...
};

/// The body of a datatype message, read to its end but for padding.
Type read_type(const Bytes& body);

/// How many elements there are: of a scalar one, of a null space none.
struct Extent {
  Shape shape;
  std::uint64_t count = 1;
  bool may_grow = false;  ///< its largest sizes are not its sizes
};

/// The body of a dataspace message.
Extent read_extent(const Bytes& body);

}  // namespace keratin::formats::hdf5
