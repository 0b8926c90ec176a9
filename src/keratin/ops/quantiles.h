// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "keratin/graph/value.h"
#include "keratin/ops/axes.h"

/// The middle of the elements along axes (none: of all), and other parts of their order. Keras:
/// `keras.ops`. float32. A NaN among the elements gives NaN; those whose names begin with nan leave
/// them out, and give NaN where nothing is left. All throw std::invalid_argument for an axis that
/// is not there, and where there is nothing to choose from.
namespace keratin::ops {

/// Of an even number the mean of the two in the middle.
Value median(const Value& x, const Axes& axis = {}, bool keepdims = false);
Value nanmedian(const Value& x, const Axes& axis = {}, bool keepdims = false);

/// The element below which the part q of 0 to 1 of them lies: for a vector of several q, along a
/// new first axis. Where q falls between two, `method` says what becomes of them: "linear",
/// "lower", "higher", "midpoint" or "nearest" (of equals the even place). Throws for another word.
Value quantile(const Value& x, const Value& q, const Axes& axis = {},
               const std::string& method = "linear", bool keepdims = false);
Value nanquantile(const Value& x, const Value& q, const Axes& axis = {},
                  const std::string& method = "linear", bool keepdims = false);

}  // namespace keratin::ops
