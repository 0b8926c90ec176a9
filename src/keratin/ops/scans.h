// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "keratin/graph/value.h"

namespace keratin::ops {

/// Sums, and products, of all elements up to and with each one, along an axis; without one, of all
/// elements as a vector. Of the type of x or `dtype`; of bool int32. Throws std::invalid_argument
/// for an axis that is not there. Keras: `cumsum`, `cumprod`.
Value cumsum(const Value& x, std::optional<std::int64_t> axis = {},
             std::optional<DType> dtype = {});
Value cumprod(const Value& x, std::optional<std::int64_t> axis = {},
              std::optional<DType> dtype = {});

}  // namespace keratin::ops
