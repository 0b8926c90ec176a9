// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "keratin/base/shape.h"

/// What losses and metrics of lists take. Not installed.
namespace keratin::losses {

/// Throws std::invalid_argument unless relevances and scores have one shape, (batch_size,
/// list_size) or (list_size,), and so has the mask of the relevances, where there is one.
void check_lists(std::string_view who, const Shape& y_true, const Shape& y_pred,
                 const std::optional<Shape>& mask);

}  // namespace keratin::losses
