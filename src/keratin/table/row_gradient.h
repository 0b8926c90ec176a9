// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/table/unique_rows.h"
#include "keratin/tensor/sparse_rows.h"

/// The gradient of a table from the gradient of what was looked up, or pooled.
///
/// A row's gradients are added in the order of its positions, kPiece at a time, and the pieces'
/// sums in order: a fixed tree, the same for any number of threads and for every function here, so
/// that a hot id keeps all of them busy.
namespace keratin::table {

constexpr std::int64_t kPiece = 512;  // positions

/// `gradient` is (count, width) in the order of the ids.
SparseRows sum_rows(const UniqueRows& unique, const float* gradient, std::int64_t width);

/// Of sums over `steps` positions a sample: `gradient` is (count / steps, width). `masked`: id 0
/// takes part in no sum, and its gradient is zero. With `weights`, one a position, of weighted
/// sums.
SparseRows sum_pooled_rows(const UniqueRows& unique, const float* gradient, std::int64_t width,
                           std::int64_t steps, bool masked, const float* weights = nullptr);

/// Of sums over bags of any length: `bag_of` names the bag of each position, `gradient` is (bags,
/// width); with `weights`, one a position, of weighted sums.
SparseRows sum_bag_rows(const UniqueRows& unique, const float* gradient, std::int64_t width,
                        const std::int64_t* bag_of, const float* weights);

/// Of maxima over such bags, as sum_shares().
SparseRows sum_bag_shares(const UniqueRows& unique, const float* rows, const float* top,
                          const float* share, std::int64_t width, const std::int64_t* bag_of);

/// Of maxima over `steps` positions a sample: `rows` (n, width) are those of the ids, `top` and
/// `share` (count / steps, width) the maxima, and what each row that equals them gets.
SparseRows sum_shares(const UniqueRows& unique, const float* rows, const float* top,
                      const float* share, std::int64_t width, std::int64_t steps);

}  // namespace keratin::table
