// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "keratin/base/error.h"

/// What every schedule asks of its options. Not installed.
namespace keratin::optimizers::schedules {

inline void require(std::string_view who, std::string_view what,
                    const std::optional<double>& value) {
  if (!value) invalid_argument(who, what, " is required.");
}

inline void require_positive(std::string_view who, std::string_view what, std::int64_t value) {
  if (value <= 0) invalid_argument(who, what, " must be > 0. Received: ", value);
}

}  // namespace keratin::optimizers::schedules
