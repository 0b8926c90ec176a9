// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keratin/graph/value.h"

/// Order along an axis. Keras: `keras.ops`. Equal elements keep their order; NaN is above all
/// numbers. Negative axes count from the end. Throws std::invalid_argument for an axis that is not
/// there.
namespace keratin::ops {

/// From the smallest to the largest, of the type of x; without an axis as a vector.
Value sort(const Value& x, std::optional<std::int64_t> axis = -1);
/// Where these are. int32.
Value argsort(const Value& x, std::optional<std::int64_t> axis = -1);
/// The k largest along the last axis from the largest on, and where they are (int32). `sorted` and
/// `is_stable` may be either: so they always are. Throws for a k that is negative or more than
/// there are.
Values top_k(const Value& x, std::int64_t k, bool sorted = true, bool is_stable = true);
/// Whether fewer than k of the predictions (B, C) are larger than that of the target (B). bool. NaN
/// of the target: it is among them if k is C or more, as in Keras. Throws std::out_of_range for a
/// target that is no class.
Value in_top_k(const Value& targets, const Value& predictions, std::int64_t k);
/// Where each of `values` would go into the vector so that it stays sorted: before its equals
/// (side "left") or behind ("right"). int32.
Value searchsorted(const Value& sorted_sequence, const Value& values,
                   const std::string& side = "left");
/// Where elements are not zero: one vector (int32) an axis. Throws std::invalid_argument for a
/// symbolic value: how many there are is known when there are elements.
Values nonzero(const Value& x);

}  // namespace keratin::ops
