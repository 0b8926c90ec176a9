// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/table/keys.h"
#include "keratin/tensor/tensor.h"

/// Which keys have rows, as arrays: what stands in files. Not installed.
namespace keratin::table {

struct KeyArrays {
  Tensor keys;     // int64 (n, 4): a row, its key, how often it came, and at which insertion last
  Tensor waiting;  // int64 (w, 2): the hash of a key that has none, and how often it came
  /// uint8: nothing where keys are integers; else 1, then all keys, whose lengths then stand in
  /// their place.
  Tensor text;
};

KeyArrays arrays_of(const KeyState& state);
/// Throws std::invalid_argument, in the name of `who`, for what are no such arrays.
KeyState state_of(std::string_view who, const KeyArrays& arrays);

}  // namespace keratin::table
