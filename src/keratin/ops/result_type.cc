// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/result_type.h"

#include <algorithm>

namespace keratin::ops {
namespace {

bool is_unsigned(DType dtype) {
  return dtype == DType::kUint8 || dtype == DType::kUint16 || dtype == DType::kUint32 ||
         dtype == DType::kUint64;
}

DType signed_of(std::size_t bytes) {
  return bytes == 1   ? DType::kInt8
         : bytes == 2 ? DType::kInt16
         : bytes == 4 ? DType::kInt32
                      : DType::kInt64;
}

}  // namespace

DType result_type(DType a, DType b) {
  if (is_floating(a) || is_floating(b)) return DType::kFloat32;
  if (a == DType::kBool || a == b) return b;
  if (b == DType::kBool) return a;
  if (is_unsigned(a) == is_unsigned(b)) return size_of(a) > size_of(b) ? a : b;
  const DType positive = is_unsigned(a) ? a : b;
  const DType other = is_unsigned(a) ? b : a;
  if (positive == DType::kUint64) return DType::kFloat32;  // no integer holds both
  return signed_of(std::max(2 * size_of(positive), size_of(other)));
}

}  // namespace keratin::ops
