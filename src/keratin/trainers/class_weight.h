// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string_view>

#include "keratin/trainers/data_adapter.h"

namespace keratin::trainers {

/// One weight a sample, shape (B,): that of its class, or 1 where `class_weight` does not name it.
/// Labels (B,) or (B, 1) are rounded to the next integer, ties to even; of a longer last axis the
/// place of the largest value is the class. Keras: `class_weight_to_sample_weights`.
/// Throws std::invalid_argument when y is null, has no number for a class (NaN), or more than one
/// label a sample.
Tensor class_weight_to_sample_weight(std::string_view who, const Tensor& y,
                                     const std::map<std::int64_t, double>& class_weight);

/// Puts the weights of the classes where sample_weight is; nothing where there are none. Throws
/// std::invalid_argument as above, and where there is a sample_weight, or more than one output.
void weigh_classes(std::string_view who, Arrays& arrays,
                   const std::map<std::int64_t, double>& class_weight);

}  // namespace keratin::trainers
