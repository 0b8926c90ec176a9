// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/layers/embedding.h"

/// Not installed.
namespace keratin::layers {

/// The rows (V, D) of a part that is a table. A gradient by them is dense.
inline Value whole_table(const Layer& part, const Pass& pass) {
  const auto& table = static_cast<const Embedding&>(part);
  if (table.is_quantized() || table.lora_enabled()) return Value(table.embeddings());
  const Variable& rows = *table.weights()[0];
  return table.trainable() ? pass.value(rows) : pass.constant(rows);
}

}  // namespace keratin::layers
