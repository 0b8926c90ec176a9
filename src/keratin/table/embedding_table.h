// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "keratin/tensor/sparse_rows.h"
#include "keratin/tensor/variable.h"

namespace keratin::table {

/// Looks rows up in a (V, D) weight and turns gradients of what was looked up into gradients of
/// rows. A view: the Variable belongs to the layer. Threads: lookup is safe from any number of
/// threads.
class EmbeddingTable {
 public:
  explicit EmbeddingTable(const Variable& weight) : weight_(weight) {}

  std::int64_t rows() const { return weight_.shape()[0]; }
  std::int64_t width() const { return weight_.shape()[1]; }

  /// ids of any shape -> float32 of shape (..., D). `ids` come from checked_ids().
  Tensor lookup(const Tensor& ids) const;
  /// `gradient` has the shape that lookup(ids) gave.
  SparseRows gradient(const Tensor& ids, const Tensor& gradient) const;

 private:
  const Variable& weight_;
};

}  // namespace keratin::table
