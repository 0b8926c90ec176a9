// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/dtype.h"

#include <array>

#include "keratin/base/error.h"

namespace keratin {
namespace {
constexpr std::array<std::string_view, 12> kNames = {"bool",   "int8",    "uint8",   "int16",
                                                     "uint16", "int32",   "uint32",  "int64",
                                                     "uint64", "float32", "float64", "string"};
}

std::string_view to_string(DType dtype) { return kNames[static_cast<std::size_t>(dtype)]; }

DType dtype_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<DType>(i);
  }
  unknown_name("dtype", "dtype", name, kNames);
}

void refuse_strings() {
  invalid_argument("Tensor",
                   "an array must hold numbers or bools here, not strings: a layer of text or "
                   "a lookup makes numbers of them.");
}

std::size_t size_of(DType dtype) {
  if (dtype == DType::kString) return sizeof(std::string_view);
  return visit_dtype(dtype, [](auto zero) { return sizeof zero; });
}

}  // namespace keratin
