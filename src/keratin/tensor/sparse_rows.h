// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "keratin/tensor/tensor.h"

namespace keratin {

/// The gradient of a table: the rows that a batch touched, each once, and their summed gradients.
/// Rows that are not named have gradient zero. (TensorFlow calls the like IndexedSlices.)
struct SparseRows {
  std::vector<std::int64_t> ids;  // n row numbers, ascending, each once
  Tensor values;                  // (n, D) float32, values[i] belongs to row ids[i]
  /// The weights of these rows as the forward pass read them, (n, D), and the table's version()
  /// then: an optimizer that finds the table unchanged need not bring them up to date again. Null
  /// where nobody kept them.
  Tensor weights = {};
  std::uint64_t version = 0;
};

/// Some rows of a table, in an order of their own, and what is in them.
struct UsedRows {
  std::vector<std::int64_t> ids;  // n row numbers, each once
  Tensor values;                  // (n, D) float32
};

/// The sum of two gradients of one table, of rows `width` wide.
SparseRows sum_of(const SparseRows& a, const SparseRows& b, std::int64_t width);

}  // namespace keratin
