// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace keratin {

/// The types a Tensor may hold, by their Keras names. Layers compute in float32; the others are for
/// ids, labels, masks and data that comes in. An element of a string tensor is a std::string_view:
/// bytes, mostly UTF-8, that belong to the tensor; layers of text and lookups make numbers of them.
enum class DType : std::uint8_t {
  kBool,
  kInt8,
  kUint8,
  kInt16,
  kUint16,
  kInt32,
  kUint32,
  kInt64,
  kUint64,
  kFloat32,
  kFloat64,
  kString
};

/// "float32", "int64", "bool" ...
std::string_view to_string(DType dtype);

/// The type of that Keras name. Throws std::invalid_argument for any other name.
DType dtype_from_name(std::string_view name);

/// Bytes of one element; of a string, of what stands for it.
std::size_t size_of(DType dtype);

constexpr bool is_floating(DType dtype) {
  return dtype == DType::kFloat32 || dtype == DType::kFloat64;
}

/// The DType of a C++ element type; using it with any other type does not compile.
template <class T>
constexpr DType dtype_of() {
  using U = std::remove_cv_t<T>;
  if constexpr (std::is_same_v<U, bool>)
    return DType::kBool;
  else if constexpr (std::is_same_v<U, float>)
    return DType::kFloat32;
  else if constexpr (std::is_same_v<U, double>)
    return DType::kFloat64;
  else if constexpr (std::is_same_v<U, std::string_view>)
    return DType::kString;
  else {
    static_assert(std::is_integral_v<U>,
                  "Tensor holds bool, integers of 8 to 64 bits, float, double and texts");
    constexpr bool is_signed = std::is_signed_v<U>;
    if constexpr (sizeof(U) == 1)
      return is_signed ? DType::kInt8 : DType::kUint8;
    else if constexpr (sizeof(U) == 2)
      return is_signed ? DType::kInt16 : DType::kUint16;
    else if constexpr (sizeof(U) == 4)
      return is_signed ? DType::kInt32 : DType::kUint32;
    else
      return is_signed ? DType::kInt64 : DType::kUint64;
  }
}

/// Throws std::invalid_argument: strings are no numbers.
[[noreturn]] void refuse_strings();

/// Calls `visitor` with a value of the C++ type that `dtype` names: `visit_dtype(d, [](auto zero) {
/// using T = decltype(zero); ... })`. Throws std::invalid_argument for kString.
template <class Visitor>
decltype(auto) visit_dtype(DType dtype, Visitor&& visitor) {
  switch (dtype) {
    case DType::kBool:
      return visitor(false);
    case DType::kInt8:
      return visitor(std::int8_t{});
    case DType::kUint8:
      return visitor(std::uint8_t{});
    case DType::kInt16:
      return visitor(std::int16_t{});
    case DType::kUint16:
      return visitor(std::uint16_t{});
    case DType::kInt32:
      return visitor(std::int32_t{});
    case DType::kUint32:
      return visitor(std::uint32_t{});
    case DType::kInt64:
      return visitor(std::int64_t{});
    case DType::kUint64:
      return visitor(std::uint64_t{});
    case DType::kFloat64:
      return visitor(double{});
    case DType::kString:
      refuse_strings();
    case DType::kFloat32:
      break;
  }
  return visitor(float{});
}

}  // namespace keratin
