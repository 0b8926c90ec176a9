// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/base/pooling.h"
#include "keratin/graph/value.h"
#include "keratin/ops/nn/windows.h"

namespace keratin::ops::nn {

/// The steps of each window as one: kMax or kMean, of those that are there (padding has no part).
///   x      float32 (B, W, C), or (B, H, W, C), with elements; of one axis `rows` is as made
///   gives  (B, windows, C), or (B, windows, windows, C)
/// NaN stays. Of equal maxima the first has the slope, as in JAX.
Value pool_windows(const Value& x, Pooling pooling, const Spans& rows, const Spans& columns);

}  // namespace keratin::ops::nn
