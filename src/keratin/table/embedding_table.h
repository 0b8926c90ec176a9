// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/table/row_gradient.h"
#include "keratin/table/row_storage.h"

namespace keratin::table {

/// ids of any shape -> the rows as they are now, float32 of shape (..., D). `ids` come from
/// checked_ids(). Threads: safe from any number of threads.
Tensor lookup(const RowStorage& rows, const Tensor& ids);

/// The ids of a training batch, grouped once for forward and backward, and the rows behind them as
/// they are in this step. Nothing of the table is changed.
class TrainingLookup {
 public:
  /// `ids` come from checked_ids().
  TrainingLookup(const RowStorage& rows, const Tensor& ids);

  /// What lookup() gives, for ids of that shape.
  Tensor vectors(const Shape& ids_shape) const;
  /// `gradient` is that of vectors().
  SparseRows gradient(const Tensor& gradient) const;

 private:
  UniqueRows unique_;
  Tensor rows_;  // (n, D): each id's row once
};

}  // namespace keratin::table
