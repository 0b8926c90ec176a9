// SPDX-License-Identifier: Apache-2.0
#include "keratin/losses/ranked_lists.h"

#include "keratin/base/error.h"

namespace keratin::losses {

void check_lists(std::string_view who, const Shape& y_true, const Shape& y_pred,
                 const std::optional<Shape>& mask) {
  if (y_true != y_pred || y_pred.rank() == 0 || y_pred.rank() > 2) {
    invalid_argument(who,
                     "y_true and y_pred must have one shape, (batch_size, list_size) or "
                     "(list_size,). Received: y_true of shape ",
                     y_true, " and y_pred of shape ", y_pred);
  }
  if (mask && *mask != y_pred) {
    invalid_argument(who, "the mask of y_true must have its shape, ", y_pred,
                     ". Received: a mask of shape ", *mask);
  }
}

}  // namespace keratin::losses
