// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "keratin/base/dtype.h"
#include "keratin/base/shape.h"
#include "keratin/formats/bytes.h"

namespace keratin::formats {

/// The types of elements that files hold: those of DType, and the numbers of 16 bits.
enum class Element : std::uint8_t {
  kBool,
  kInt8,
  kUint8,
  kInt16,
  kUint16,
  kInt32,
  kUint32,
  kInt64,
  kUint64,
  kFloat16,
  kBfloat16,
  kFloat32,
  kFloat64
};

/// "float32", "bfloat16" ...
std::string_view to_string(Element element);
/// Bytes of one element.
std::size_t size_of(Element element);
Element element_of(DType dtype);

/// An array of a file: its elements lie in `bytes`, little-endian, the last dimension fastest, at
/// any address: no alignment may be assumed. `bytes` has shape.size() elements, and is part of the
/// mapped file wherever the file holds them so.
struct Array {
  Shape shape;
  Element element = Element::kFloat32;
  Bytes bytes;
};

/// Writes the elements to `out`, which holds as many, converted as NumPy's astype does. Throws
/// FormatError for integers that do not fit, and for numbers with a fraction to be integers.
template <class T>
void read_elements(const Array& array, std::span<T> out);
/// The same to memory of `dtype`, of array.shape.size() elements.
void read_elements(const Array& array, DType dtype, void* out);

template <class T>
std::vector<T> elements(const Array& array) {
  std::vector<T> values(static_cast<std::size_t>(array.shape.size()));
  read_elements(array, std::span<T>(values));
  return values;
}

float float_of_half(std::uint16_t bits);

}  // namespace keratin::formats
