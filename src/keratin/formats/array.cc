// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/array.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "keratin/base/error.h"
#include "keratin/parallel/parallel.h"

namespace keratin::formats {
namespace {

struct About {
  std::string_view name;
  std::size_t size;
};
constexpr std::array<About, 13> kAbout = {{{"bool", 1},
                                           {"int8", 1},
                                           {"uint8", 1},
                                           {"int16", 2},
                                           {"uint16", 2},
                                           {"int32", 4},
                                           {"uint32", 4},
                                           {"int64", 8},
                                           {"uint64", 8},
                                           {"float16", 2},
                                           {"bfloat16", 2},
                                           {"float32", 4},
                                           {"float64", 8}}};

const About& about(Element element) { return kAbout.at(static_cast<std::size_t>(element)); }

/// How the element at an address is loaded, as the C++ number that holds it exactly.
template <class T>
struct Plain {
  static constexpr std::size_t kSize = sizeof(T);
  static T load(const std::byte* from) {
    T value;
    std::memcpy(&value, from, sizeof(T));
    return value;
  }
};
struct Bool {
  static constexpr std::size_t kSize = 1;
  static bool load(const std::byte* from) { return *from != std::byte{0}; }
};
struct Half {
  static constexpr std::size_t kSize = 2;
  static float load(const std::byte* from) {
    return float_of_half(Plain<std::uint16_t>::load(from));
  }
};
struct Bfloat16 {
  static constexpr std::size_t kSize = 2;
  static float load(const std::byte* from) {
    return std::bit_cast<float>(std::uint32_t{Plain<std::uint16_t>::load(from)} << 16);
  }
};

template <class Visitor>
void visit(Element element, Visitor&& visitor) {
  switch (element) {
    case Element::kBool:
      return visitor(Bool{});
    case Element::kInt8:
      return visitor(Plain<std::int8_t>{});
    case Element::kUint8:
      return visitor(Plain<std::uint8_t>{});
    case Element::kInt16:
      return visitor(Plain<std::int16_t>{});
    case Element::kUint16:
      return visitor(Plain<std::uint16_t>{});
    case Element::kInt32:
      return visitor(Plain<std::int32_t>{});
    case Element::kUint32:
      return visitor(Plain<std::uint32_t>{});
    case Element::kInt64:
      return visitor(Plain<std::int64_t>{});
    case Element::kUint64:
      return visitor(Plain<std::uint64_t>{});
    case Element::kFloat16:
      return visitor(Half{});
    case Element::kBfloat16:
      return visitor(Bfloat16{});
    case Element::kFloat32:
      return visitor(Plain<float>{});
    case Element::kFloat64:
      return visitor(Plain<double>{});
  }
}

template <class T, class From>
bool fits_in(From value) {
  if constexpr (std::is_floating_point_v<T> || std::is_same_v<T, bool>) {
    return true;
  } else if constexpr (std::is_floating_point_v<From>) {
    // The least float above the range is a power of two, and exact.
    const double above = std::ldexp(1.0, std::numeric_limits<T>::digits);
    const auto wide = static_cast<double>(value);
    return wide >= static_cast<double>(std::numeric_limits<T>::min()) && wide < above &&
           std::trunc(wide) == wide;
  } else if constexpr (std::is_same_v<From, bool>) {
    return true;
  } else {
    return std::in_range<T>(value);
  }
}

template <class T>
void check_room(const Array& array, std::size_t count) {
  const auto size = static_cast<std::uint64_t>(array.shape.size());
  if (size != count) {
    invalid_argument("Array", "room for ", array.shape, " elements. Received: ", count);
  }
  if (array.bytes.size() / size_of(array.element) != size) {
    array.bytes.fail("array", 0, str(size, " elements of ", to_string(array.element)),
                     str(array.bytes.size(), " bytes"));
  }
}

}  // namespace

std::string_view to_string(Element element) { return about(element).name; }
std::size_t size_of(Element element) { return about(element).size; }

Element element_of(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
      return Element::kFloat32;
    case DType::kFloat64:
      return Element::kFloat64;
    default:
      return static_cast<Element>(dtype);  // up to uint64 both lists are one
  }
}

template <class T>
void read_elements(const Array& array, std::span<T> out) {
  check_room<T>(array, out.size());
  if (array.element == element_of(dtype_of<T>()) && !std::is_same_v<T, bool>) {
    // In pieces: the array may be of gigabytes, and lie on a slow disk.
    constexpr std::size_t kPiece = std::size_t{8} << 20;
    auto* const to = reinterpret_cast<std::byte*>(out.data());
    for (std::size_t at = 0; at < out.size_bytes(); at += kPiece) {
      parallel::check_interrupt();
      std::memcpy(to + at, array.bytes.data() + at, std::min(kPiece, out.size_bytes() - at));
    }
    return;
  }
  visit(array.element, [&](auto loader) {
    using Loader = decltype(loader);
    const std::byte* from = array.bytes.data();
    for (std::size_t i = 0; i < out.size(); ++i, from += Loader::kSize) {
      const auto value = Loader::load(from);
      if (!fits_in<T>(value)) {
        array.bytes.fail("array", i * Loader::kSize,
                         str("a number of type ", to_string(dtype_of<T>())),
                         str(static_cast<double>(value)));
      }
      if constexpr (std::is_same_v<T, bool>) {
        out[i] = value != 0;
      } else {
        out[i] = static_cast<T>(value);
      }
    }
  });
}

template void read_elements(const Array&, std::span<bool>);
template void read_elements(const Array&, std::span<std::int8_t>);
template void read_elements(const Array&, std::span<std::uint8_t>);
template void read_elements(const Array&, std::span<std::int16_t>);
template void read_elements(const Array&, std::span<std::uint16_t>);
template void read_elements(const Array&, std::span<std::int32_t>);
template void read_elements(const Array&, std::span<std::uint32_t>);
template void read_elements(const Array&, std::span<std::int64_t>);
template void read_elements(const Array&, std::span<std::uint64_t>);
template void read_elements(const Array&, std::span<float>);
template void read_elements(const Array&, std::span<double>);

void read_elements(const Array& array, DType dtype, void* out) {
  visit_dtype(dtype, [&](auto zero) {
    using T = decltype(zero);
    read_elements(array,
                  std::span<T>(static_cast<T*>(out), static_cast<std::size_t>(array.shape.size())));
  });
}

float float_of_half(std::uint16_t bits) {
  const std::uint32_t sign = (bits & 0x8000U) << 16;
  const std::uint32_t exponent = (bits >> 10) & 0x1FU;
  const std::uint32_t mantissa = bits & 0x3FFU;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7F800000U | (mantissa << 13));
  if (exponent > 0) {
    return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
  }
  const float small = std::ldexp(static_cast<float>(mantissa), -24);  // zero, and subnormal
  return sign == 0 ? small : -small;
}

}  // namespace keratin::formats
