// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/graph/value.h"

/// Cross-entropies without a reduction: float32. Probabilities are kept within [1e-7, 1 - 1e-7];
/// with `from_logits` the outputs are what a sigmoid or softmax would be given. Slopes go to
/// targets too, where these are floats. Threads: as Value. Keras: keras.ops.
namespace keratin::ops {

/// Of each element alone. Throws std::invalid_argument unless both have one shape.
Value binary_crossentropy(const Value& target, const Value& output, bool from_logits = false);
/// Along `axis`, which is gone in the result. Probabilities are divided by their sum first. Throws
/// std::invalid_argument unless both have one shape, which has that axis.
Value categorical_crossentropy(const Value& target, const Value& output, bool from_logits = false,
                               int axis = -1);
/// The same with the number of the class in place of a vector. target: the shape of the result, or
/// that with a last axis of 1. A number that is no class gives 0, as in Keras on JAX.
Value sparse_categorical_crossentropy(const Value& target, const Value& output,
                                      bool from_logits = false, int axis = -1);

}  // namespace keratin::ops
