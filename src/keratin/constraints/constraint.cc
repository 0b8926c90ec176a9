// SPDX-License-Identifier: Apache-2.0
#include "keratin/constraints/constraint.h"

#include "keratin/tensor/tensor_access.h"

namespace keratin::constraints {

Tensor Constraint::operator()(const Tensor& w) const {
  Tensor projected = w.dtype() == DType::kFloat32 ? copy_of(w) : cast(w, DType::kFloat32);
  apply(projected.data<float>(), projected.shape());
  return projected;
}

}  // namespace keratin::constraints
