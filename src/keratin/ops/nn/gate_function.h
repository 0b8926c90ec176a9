// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "keratin/activations/activation.h"

namespace keratin::ops::nn {

/// Columns of a matrix: `units` of each row, which lie `row` floats apart.
template <class T>
struct Block {
  T* data;
  std::int64_t row;
};

/// What a gate does to its sums: any activation, on one gate of rows that have several side by
/// side.
class GateFunction {
 public:
  GateFunction(std::shared_ptr<const activations::Activation> function, std::int64_t units)
      : function_(std::move(function)), units_(units) {}

  /// y = f(x); both may be the same block.
  void apply(std::int64_t rows, Block<const float> x, Block<float> y) const;
  /// dx = dy f'(x), where y = f(x); dx and dy may be the same block.
  void back(std::int64_t rows, Block<const float> x, Block<const float> y, Block<const float> dy,
            Block<float> dx) const;

 private:
  std::shared_ptr<const activations::Activation> function_;
  std::int64_t units_;
};

}  // namespace keratin::ops::nn
