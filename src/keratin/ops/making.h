// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "keratin/graph/value.h"

/// Values that come from numbers: constants. Keras: `keras.ops`. All throw std::invalid_argument
/// for a shape that is not known or too large, OutOfMemory where there is none.
namespace keratin::ops {

/// Everywhere the same number, cast to the type.
Value full(const Shape& shape, double fill_value, DType dtype = DType::kFloat32);
Value zeros(const Shape& shape, DType dtype = DType::kFloat32);
Value ones(const Shape& shape, DType dtype = DType::kFloat32);
/// The same in the shape of x, of its type or `dtype`; symbolic where x is.
Value full_like(const Value& x, double fill_value, std::optional<DType> dtype = {});
Value zeros_like(const Value& x, std::optional<DType> dtype = {});
Value ones_like(const Value& x, std::optional<DType> dtype = {});
/// start, start + step ... below `stop` (above it where the step is negative). Throws for a step of
/// 0 and for numbers that are not finite.
Value arange(double start, double stop, double step = 1, DType dtype = DType::kInt32);
inline Value arange(double stop) { return arange(0, stop); }
/// `num` numbers from `start` to `stop`, with it or (endpoint false) one step before it.
Value linspace(double start, double stop, std::int64_t num = 50, bool endpoint = true);
/// Ones on the k-th diagonal of (N, M), zeros elsewhere; without M square.
Value eye(std::int64_t n, std::optional<std::int64_t> m = {}, std::int64_t k = 0,
          DType dtype = DType::kFloat32);

}  // namespace keratin::ops
