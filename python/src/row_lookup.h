// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/tensor/sparse_rows.h"

namespace keratin::python {

/// The gradient of a table for `Optimizer.apply`, which takes the rows out of it.
struct RowGradient {
  SparseRows rows;
};

}  // namespace keratin::python
