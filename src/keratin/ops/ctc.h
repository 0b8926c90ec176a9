// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/graph/value.h"

namespace keratin::ops {

/// Connectionist temporal classification: minus the log of the probability that `output` says
/// `target`, summed over every way to spread the labels over the steps, with blanks between.
/// target (B, N), class numbers; output (B, T, C), logits; target_length (B,) and output_length
/// (B,): how much of each counts. Gives (B,), float32. Labels that do not fit into their steps give
/// about 1e5 for each that is too many, as in Keras on JAX. The slope goes to `output`. Threads: as
/// Value.
///
/// Throws std::invalid_argument for shapes that do not go together, a `mask_index` (the class that
/// is the blank) outside the classes, a length outside 0 to its axis, and std::out_of_range for a
/// label that counts and is no class. Source: Graves et al., Connectionist Temporal Classification,
/// ICML 2006. Keras: keras.ops.ctc_loss.
Value ctc_loss(const Value& target, const Value& output, const Value& target_length,
               const Value& output_length, int mask_index = 0);

}  // namespace keratin::ops
