// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>

#include "keratin/graph/pass.h"
#include "keratin/table/table.h"

namespace keratin::ops::nn {

/// What the sum of the rows of a bag, each times its weight w, is divided by: 1, the sum of the w,
/// the root of the sum of their squares. A share of nothing is 0.
enum class Combiner { kSum, kMean, kSqrtn };

/// Bags of ids of one table.
struct TableBags {
  Tensor ids;     // (N, T), as table::checked_ids() gives them
  Value weights;  // float32 (N, T), one an id; none: all are 1
  Combiner combiner = Combiner::kSum;
  std::shared_ptr<const table::Table> table = {};
  const Variable* trained =
      nullptr;       // whose gradient these rows are; null where nobody trains them
  Shape shape = {};  // of the vectors: (N, D), or another of that size
};

/// A vector for each bag, of each of `all`. All tables are read in one pass of the library's
/// threads, and so are their gradients made, which are rows. Weights have gradients too.
Values combine_bags(std::span<const TableBags> all, const Pass& pass);

}  // namespace keratin::ops::nn
