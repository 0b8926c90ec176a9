// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "keratin/graph/value.h"

/// Products of matrices and of what is like them. Keras: `keras.ops`. float32 has the precision of
/// kernels/matmul: equal bits for any number of threads; integers are multiplied exactly and wrap
/// around as their type does. The type is that of both together (of int8 alone: int32, in matmul
/// and einsum). All throw std::invalid_argument for shapes that do not fit.
namespace keratin::ops {

/// Of vectors the inner product, of matrices the matrix product, else the sum over the last axis of
/// x1 and the last but one of x2; with a number: multiply.
Value dot(const Value& x1, const Value& x2);
/// The sum over the last `axes` axes of x1 and the first of x2, or over the given ones.
Value tensordot(const Value& x1, const Value& x2, std::int64_t axes = 2);
Value tensordot(const Value& x1, const Value& x2,
                const std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>>& axes);
/// The sum over the last axis of both; with a number: multiply.
Value inner(const Value& x1, const Value& x2);
/// The inner product of both as vectors.
Value vdot(const Value& x1, const Value& x2);
/// Einstein's sum: "bij,bjk->bik", with "..." for any axes in front, which broadcast. Without "->"
/// the letters that come once, in the order of the alphabet.
Value einsum(const std::string& subscripts, const Values& operands);

}  // namespace keratin::ops
