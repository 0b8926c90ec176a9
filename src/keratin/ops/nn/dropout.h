// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/graph/value.h"

namespace keratin::ops::nn {

/// A share `rate` of x set to 0, the rest divided by 1 - rate. The choice is made once along the
/// axes in which `noise_shape` is 1, and drawn as JAX's bernoulli from the key [seed, draw]. x is
/// float32 with elements.
Value dropout(const Value& x, double rate, const Shape& noise_shape, std::int64_t seed,
              std::int64_t draw);

}  // namespace keratin::ops::nn
