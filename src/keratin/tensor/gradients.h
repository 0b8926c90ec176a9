// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "keratin/tensor/sparse_rows.h"
#include "keratin/tensor/variable.h"

namespace keratin {

class Gradients {
 public:
  struct Entry {
    const Variable* variable;
    Tensor dense;
    SparseRows rows;
  };
  void add(const Variable& variable, Tensor gradient);
  void add(const Variable& variable, SparseRows rows);
  const Entry* find(const Variable& variable) const;
  std::span<const Entry> entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

}  // namespace keratin
