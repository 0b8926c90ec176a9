// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "keratin/graph/value.h"

/// Numbers of classes as vectors of zeros and ones. Nothing goes back. Keras: keras.ops.
namespace keratin::ops {

/// 1 at class x and 0 elsewhere, along a new axis of `num_classes` that stands at `axis` in the
/// result (negative counts from its end); a number that is no class gives zeros. Throws
/// std::invalid_argument for a negative num_classes, and for an axis that is not there.
Value one_hot(const Value& x, std::int64_t num_classes, int axis = -1,
              DType dtype = DType::kFloat32);
/// The classes of one sample together: (B, T) gives (B, num_classes), and (T) gives (num_classes).
/// Keras: of x of more axes, the largest along axis 1 of one_hot().
Value multi_hot(const Value& x, std::int64_t num_classes, int axis = -1,
                DType dtype = DType::kFloat32);

}  // namespace keratin::ops
