// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/regularizers/regularizer.h"

namespace keratin::regularizers {

struct OrthogonalRegularizerOptions {
  double factor = 0.01;
  std::string mode = "rows";  // or "columns"
};

/// factor times the mean, over the pairs of rows (or columns), of |cosine of the pair|. Matrices
/// only: other ranks throw std::invalid_argument. Costs O(n^2 D) time for n rows, and memory for
/// one normalized copy. The constructor throws std::invalid_argument for a factor that is negative
/// or not finite and for an unknown mode. Keras: a single row gives 0 / 0; here it has no pair, and
/// the penalty is 0.
class OrthogonalRegularizer final
    : public Configured<OrthogonalRegularizer, OrthogonalRegularizerOptions, Regularizer> {
 public:
  static constexpr std::string_view kName = "OrthogonalRegularizer";
  explicit OrthogonalRegularizer(OrthogonalRegularizerOptions options = {});
  float penalty(std::span<const float> x, const Shape& shape) const override;
  void add_gradient(std::span<const float> x, const Shape& shape, float scale,
                    std::span<float> gradient) const override;
  bool couples_rows() const override { return true; }
};

}  // namespace keratin::regularizers
