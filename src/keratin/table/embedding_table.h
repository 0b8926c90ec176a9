// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/base/pooling.h"
#include "keratin/table/row_gradient.h"
#include "keratin/table/table.h"

namespace keratin::table {

/// ids of any shape -> the rows as they are now, float32 of shape (..., D). `ids` come from
/// checked_ids(). Threads: safe from any number of threads.
Tensor lookup(const Table& rows, const Tensor& ids);

/// ids (B, T), T > 0 -> (B, D): the rows of each sample as one, to the bit what pooling the result
/// of lookup() gives, without that result. `masked`: whether id 0 takes
/// part in a sum or mean. With `weights`, one an id, of a sum: each row times its weight.
Tensor lookup_pooled(const Table& rows, const Tensor& ids, Pooling pooling, MaskedSteps masked,
                     const float* weights = nullptr);

/// Bags of any length: bag b has the rows of ids[first[b]] ... ids[first[b + 1] - 1], of a sum each
/// times weights[i] where there are any. `first` has count + 1 entries, which begin with 0 and do
/// not decrease; ids were checked.
template <class Id>
struct RaggedBags {
  const Id* ids;
  const std::int64_t* first;
  std::int64_t count;
  const float* weights = nullptr;
};

/// out (count, D): the rows of each bag as one; 0 of a bag without ids.
template <class Id>
void lookup_bags(const Table& rows, const RaggedBags<Id>& bags, Pooling pooling, float* out);
/// `gradient` is that of what lookup_bags() gives, (count, D). Rows that equal a maximum get equal
/// parts of its gradient.
template <class Id>
SparseRows bags_gradient(const Table& rows, const RaggedBags<Id>& bags, Pooling pooling,
                         const float* gradient);

/// The ids of a training batch, grouped once for forward and backward, and the rows behind them as
/// they are in this step. Nothing of the table is changed.
class TrainingLookup {
 public:
  /// `ids` come from checked_ids().
  TrainingLookup(const Table& rows, const Tensor& ids);

  /// What lookup() gives.
  Tensor vectors() const;
  /// `gradient` is that of vectors().
  SparseRows gradient(const Tensor& gradient) const;

  /// What lookup_pooled() gives.
  Tensor pooled(Pooling pooling, MaskedSteps masked, const float* weights = nullptr) const;
  /// `outputs` are what pooled() gave, `gradient` is that of them.
  SparseRows pooled_gradient(Pooling pooling, MaskedSteps masked, const Tensor& outputs,
                             const Tensor& gradient, const float* weights = nullptr) const;
  /// For the ids (B, T) and one vector a sample, (B, D): each row times that of its sample, (B, T).
  Tensor products(const Tensor& vectors) const;

 private:
  SparseRows with_weights(SparseRows gradient) const;

  Tensor ids_;
  UniqueRows unique_;
  Tensor rows_;  // (n, D): each id's row once
  std::uint64_t version_;
};

}  // namespace keratin::table
