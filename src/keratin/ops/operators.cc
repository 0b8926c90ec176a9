// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/operators.h"

#include <cmath>

#include "keratin/ops/making.h"

namespace keratin::ops {

Value number_beside(double number, const Value& other) {
  const DType dtype = other.dtype();
  const bool is_integer = !is_floating(dtype) && number == std::floor(number);
  if (!is_integer) return full({}, number);
  return full({}, number, dtype == DType::kBool ? DType::kInt32 : dtype);
}

}  // namespace keratin::ops
