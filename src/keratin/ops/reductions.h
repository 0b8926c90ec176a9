// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "keratin/graph/value.h"
#include "keratin/ops/axes.h"

/// Keras: `keras.ops`, what makes few numbers of many. `axis`: none is all axes; negative axes
/// count from the end; `keepdims` leaves reduced axes as 1. Shapes: any, of any rank. All throw
/// std::invalid_argument for an axis that is not there or comes twice. Threads: any number.
namespace keratin::ops {

/// The sum. bool, int8 and int16 give int32, uint8 and uint16 give uint32, other integers
/// themselves; of nothing 0.
Value sum(const Value& x, const Axes& axis = {}, bool keepdims = false);
/// The product, of the types of sum() or of `dtype`; of nothing 1.
Value prod(const Value& x, const Axes& axis = {}, bool keepdims = false,
           std::optional<DType> dtype = {});
/// The mean, float32; of nothing NaN.
Value mean(const Value& x, const Axes& axis = {}, bool keepdims = false);
/// The largest, and not below `initial`, of the type of x; NaN where there is one. Equal ones share
/// the derivative. Throws for nothing without `initial`.
Value max(const Value& x, const Axes& axis = {}, bool keepdims = false,
          std::optional<double> initial = {});
/// The smallest, and not above `initial`.
Value min(const Value& x, const Axes& axis = {}, bool keepdims = false,
          std::optional<double> initial = {});
/// The same under NumPy's other names. Keras: `amax`, `amin`.
Value amax(const Value& x, const Axes& axis = {}, bool keepdims = false,
           std::optional<double> initial = {});
Value amin(const Value& x, const Axes& axis = {}, bool keepdims = false,
           std::optional<double> initial = {});
/// Whether one is not zero, and whether all are not. bool; NaN is not zero.
Value any(const Value& x, const Axes& axis = {}, bool keepdims = false);
Value all(const Value& x, const Axes& axis = {}, bool keepdims = false);
/// How many are not zero. int32.
Value count_nonzero(const Value& x, const Axes& axis = {});

}  // namespace keratin::ops
