// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/base/dtype.h"

namespace keratin::ops {

/// The type in which two types are computed together. Keras: `backend.result_type`; of floating
/// types it is float32, which is what ops compute in, and int64 stays int64 (Keras on JAX: int32).
DType result_type(DType a, DType b);

}  // namespace keratin::ops
