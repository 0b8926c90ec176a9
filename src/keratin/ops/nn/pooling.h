// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/base/pooling.h"
#include "keratin/graph/value.h"

namespace keratin::ops::nn {

/// The steps of (B, T, D) as one: float32 of `shape`, which is (B, D) or (B, 1, D). With a mask,
/// bool (B, T), a sum or mean leaves steps out, and `masked` says what a mean over none is; a
/// maximum takes no mask. The gradient of a maximum that several steps share is divided among them,
/// as JAX does. Throws std::invalid_argument for a maximum of no steps.
Value pool_steps(const Value& x, Pooling pooling, const Value& mask, MaskedSteps masked,
                 const Shape& shape);

}  // namespace keratin::ops::nn
