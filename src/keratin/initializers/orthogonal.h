// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/initializers/initializer.h"

namespace keratin::initializers {

struct OrthogonalOptions {
  double gain = 1.0;
  std::optional<std::int64_t> seed = std::nullopt;
};

/// `gain` times a matrix with orthonormal columns, or rows where it has fewer rows than columns:
/// the Q of a normal random matrix, with the signs that make the diagonal of R positive (uniform
/// over such matrices; Saxe et al. 2014). A shape of rank above 2 is taken as (product of all but
/// the last, last). Q is found in double and rounded once. fill draws the whole matrix for every
/// call. Throws std::invalid_argument for a rank below 2.
class Orthogonal final : public Configured<Orthogonal, OrthogonalOptions, Initializer> {
 public:
  static constexpr std::string_view kName = "Orthogonal";
  explicit Orthogonal(OrthogonalOptions options = {});
  void fill(const Shape& shape, std::int64_t first, std::span<float> out) const override;
  bool draws_parts() const override { return false; }

 protected:
  void fill_all(const Shape& shape, std::span<float> out) const override;

 private:
  std::int64_t seed_;
};

}  // namespace keratin::initializers
