// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace keratin {

/// How the numbers of a table are stored. Arithmetic is float32, whichever it is.
enum class Precision : std::uint8_t {
  kFloat32,
  kBfloat16,  ///< the upper half of a float32: its range, 8 bits of precision
  kFloat16    ///< IEEE 754 binary16: 11 bits of precision, largest number 65504
};

/// Bytes of one element.
constexpr std::size_t size_of(Precision precision) {
  return precision == Precision::kFloat32 ? 4 : 2;
}

}  // namespace keratin
