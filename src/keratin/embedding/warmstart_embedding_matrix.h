// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/base/identifier.h"
#include "keratin/embedding/dynamic_embedding_table.h"
#include "keratin/initializers/initializer.h"
#include "keratin/tensor/tensor.h"

namespace keratin::embedding {

/// The table of a vocabulary that has changed: float32 (new keys, D), where a key that the base
/// vocabulary has too gets its row of `base_embeddings` (base keys, D), of a key that is there
/// twice the last, and every other the row that the initializer draws for its place. Keras 2:
/// `keras.utils.warmstart_embedding_matrix`. Throws std::invalid_argument for a vocabulary without
/// keys, keys of two kinds, and embeddings that are not float32 with a row a base key.
Tensor warmstart_embedding_matrix(
    const Keys& base_vocabulary, const Keys& new_vocabulary, const Tensor& base_embeddings,
    const Identifier<const initializers::Initializer>& new_embeddings_initializer = "uniform");

}  // namespace keratin::embedding
