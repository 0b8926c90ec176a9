// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/constraints/constraint.h"

namespace keratin::constraints {

struct NonNegOptions {};

/// max(w, 0). NaN stays.
class NonNeg final : public Constraint {
 public:
  using Options = NonNegOptions;
  explicit NonNeg(NonNegOptions options = {});
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return "NonNeg"; }
  Config get_config() const override { return Config::dict(); }
  void apply(std::span<float> w, const Shape& shape) const override;
};

}  // namespace keratin::constraints
