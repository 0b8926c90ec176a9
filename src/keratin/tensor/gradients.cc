// SPDX-License-Identifier: Apache-2.0
#include "keratin/tensor/gradients.h"

#include <utility>

#include "keratin/tensor/tensor_access.h"

namespace keratin {

void Gradients::add(const Variable& variable, Tensor gradient) {
  entries_.push_back({&variable, std::move(gradient), {}});
}
void Gradients::add(const Variable& variable, SparseRows rows) {
  entries_.push_back({&variable, {}, std::move(rows)});
}
const Gradients::Entry* Gradients::find(const Variable& variable) const {
  for (const Entry& entry : entries_) {
    if (entry.variable == &variable) return &entry;
  }
  return nullptr;
}

}  // namespace keratin
