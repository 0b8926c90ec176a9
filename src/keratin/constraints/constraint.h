// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "keratin/base/identifier.h"
#include "keratin/tensor/tensor.h"

namespace keratin::constraints {

/// Of a projection that scales each row of a matrix by what its norm is: norms from the range
/// before up to `most` become norm / (norm + 1e-7) * (kept * norm + added).
struct NormRange {
  double most, kept, added;
};

/// A projection of a weight after each optimizer step. Immutable. Threads: safe.
class Constraint {
 public:
  virtual ~Constraint() = default;
  virtual std::string_view class_name() const = 0;
  virtual Config get_config() const = 0;

  /// The projected tensor, a new float32 one.
  Tensor operator()(const Tensor& w) const;

  /// Projects in place. `w` may be a weight of any rank. Throws std::invalid_argument, and changes
  /// nothing, for a shape the constraint cannot take. Equal bits for any number of threads.
  virtual void apply(std::span<float> w, const Shape& shape) const = 0;
  /// False when each row of a matrix is projected alone: then apply may be given any block of its
  /// rows. Weights of other ranks are given whole.
  virtual bool couples_rows() const { return false; }
  /// The ranges of norms, ascending, the last without end, of a projection that scales rows; none
  /// of any other. A row that an optimizer leaves alone is then projected any number of times at
  /// once.
  virtual std::vector<NormRange> norm_ranges() const { return {}; }

  // The closed list: constraints.cc.
  static std::shared_ptr<const Constraint> get(std::string_view name);
  static std::shared_ptr<const Constraint> deserialize(const Config& config);
  Config serialize() const;
};

}  // namespace keratin::constraints
