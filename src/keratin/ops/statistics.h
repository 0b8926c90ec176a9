// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "keratin/graph/value.h"
#include "keratin/ops/axes.h"

/// Keras: `keras.ops`. All are float32, of any type; `axis`: none is all axes; negative ones count
/// from the end; `keepdims` leaves reduced axes as 1. All throw std::invalid_argument for an axis
/// that is not there or comes twice.
namespace keratin::ops {

/// The mean of the squares of what is off the mean, and the root of it. Of nothing NaN.
Value var(const Value& x, const Axes& axis = {}, bool keepdims = false);
Value std(const Value& x, const Axes& axis = {}, bool keepdims = false);
/// log(sum(exp(x))), without an overflow on the way. Of nothing -infinity.
Value logsumexp(const Value& x, const Axes& axis = {}, bool keepdims = false);

/// Which norm: none, a number, or "fro".
using NormOrder = std::variant<std::monostate, double, std::string>;
/// Of a vector (one axis) the root of the sum of squares, or by `ord`: infinity, -infinity, 0 (how
/// many are not 0), else the p-norm. Of a matrix (two axes): "fro" or none, 1, -1, infinity or
/// -infinity. Of all axes without `ord`: as one vector. Throws std::invalid_argument for other
/// orders, and for those that need singular values (2, -2 and "nuc" of a matrix).
Value norm(const Value& x, const NormOrder& ord = {}, const Axes& axis = {}, bool keepdims = false);

}  // namespace keratin::ops
