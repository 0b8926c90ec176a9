// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/base/pooling.h"
#include "keratin/graph/pass.h"
#include "keratin/table/table.h"

namespace keratin::ops::nn {

/// The rows of a table, whose gradient is rows too: none of the size of the table is formed.
///   ids  of any shape, as table::checked_ids() gives them
///   gives float32 (..., D)
/// `trained`: the variable whose gradient these rows are, where the pass has a tape; null where
/// nobody trains the table. Threads: safe.
Value lookup(const Tensor& ids, const table::Table& table, const Variable* trained,
             const Pass& pass);

/// ids (B, T), T > 0: the rows of each sample as one, of `shape`, which is (B, D) or (B, 1, D). To
/// the bit what pooling the result of lookup() gives, without that result. `masked`: whether id 0
/// takes part.
Value lookup_pooled(const Tensor& ids, const table::Table& table, Pooling pooling,
                    MaskedSteps masked, const Shape& shape, const Variable* trained,
                    const Pass& pass);

}  // namespace keratin::ops::nn
