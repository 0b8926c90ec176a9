// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "keratin/graph/pass.h"
#include "keratin/graph/value.h"
#include "keratin/trainers/tensors.h"

namespace keratin::trainers {

/// Losses of which one may be of several outputs, and an output may have several. Keras: `loss` in
/// lists, tuples and dicts within each other.
struct JointLosses {
  struct One {
    std::string name;                  // its number is name_loss, where there are several losses
    std::vector<std::size_t> outputs;  // which it is of
    double weight = 1;                 // what it is multiplied with
  };
  std::vector<One> losses;  // at least one
  /// A number for each of `losses`. `y_true` and `sample_weight` have an entry an output, null
  /// where there is none; the second may be empty. Predictions carry their masks. What it throws
  /// ends the step, which leaves everything as it was.
  std::function<Values(const Tensors& y_true, const Values& y_pred, const Tensors& sample_weight,
                       Pass& pass)>
      of_batch;

  bool is_of(std::size_t output) const;
};

}  // namespace keratin::trainers
