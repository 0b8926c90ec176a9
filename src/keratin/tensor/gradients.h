// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "keratin/base/pointer_places.h"
#include "keratin/tensor/sparse_rows.h"
#include "keratin/tensor/variable.h"

namespace keratin {

/// What one backward pass found: the gradients of the loss by variables, which must outlive it.
/// They are in the order in which they were first added to. Threads: as Tensor.
class Gradients {
 public:
  struct Entry {
    const Variable* variable;
    Tensor dense;     // float32 of the variable's shape, or
    SparseRows rows;  // of a table, where nothing dense was added; then `dense` is null
  };
  /// Adds to the gradient of the variable; the first is taken over. Throws std::invalid_argument,
  /// and adds nothing, unless it is float32 of the variable's shape.
  void add(const Variable& variable, Tensor gradient);
  /// Adds rows, (n, D), of a weight (V, D). Rows on rows stay rows; with a dense gradient (tied
  /// weights, which are looked up in and multiplied with) they become dense. Throws
  /// std::invalid_argument unless they are float32 of that shape and ascend, std::out_of_range for
  /// a row that the weight does not have; then nothing is added.
  void add(const Variable& variable, SparseRows rows);
  /// Null: the variable has no part in the loss. Valid until the next addition.
  const Entry* find(const Variable& variable) const;
  std::span<const Entry> entries() const { return entries_; }
  /// Drops all of them, and keeps the memory of the list for the next pass.
  void clear() {
    entries_.clear();
    places_.clear();
  }

 private:
  void append(Entry entry);

  std::vector<Entry> entries_;
  PointerPlaces places_;  // of the variables, in entries_
};

}  // namespace keratin
