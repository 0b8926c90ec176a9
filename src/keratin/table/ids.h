// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "keratin/tensor/tensor.h"

namespace keratin::table {

/// Whose ids they are, in errors: "[Embedding] layer 'words'".
struct Owner {
  std::string_view class_name, name;
  std::string_view kind = "layer";
};

/// Checks every id and returns them as int32 or int64: the tensor itself when it has such a type,
/// else `converted`.
///
/// Other types are taken when each value is exactly integral. Keras: casts them to int32 in
/// silence, so that ids above 2^24 in a float32 input fetch a neighbour. Throws std::out_of_range
/// for an id outside [0, rows) and std::invalid_argument for one that is not integral; both name
/// the owner, the position, the value and the range. The first bad id in row-major order is
/// reported.
const Tensor& checked_ids(const Tensor& ids, std::int64_t rows, const Owner& owner,
                          Tensor& converted);

/// The same of ids in memory that somebody else may write to: a copy of them as they are now, in 32
/// bits where they are int64 and the table has no more rows than that: half to write, and to read.
Tensor copied_ids(const Tensor& ids, std::int64_t rows, const Owner& owner);

/// The check alone.
void check_ids(const Tensor& ids, std::int64_t rows, const Owner& owner);
/// The same of int32 or int64 ids of one dimension. Allocates nothing where they are good.
template <class Id>
void check_ids(std::span<const Id> ids, std::int64_t rows, const Owner& owner);

}  // namespace keratin::table
