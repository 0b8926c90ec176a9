// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/constraints/constraint.h"

namespace keratin::constraints {

struct NonNegOptions {};

/// max(w, 0). NaN stays.
class NonNeg final : public Configured<NonNeg, NonNegOptions, Constraint> {
 public:
  static constexpr std::string_view kName = "NonNeg";
  explicit NonNeg(NonNegOptions options = {});
  void apply(std::span<float> w, const Shape& shape) const override;
};

}  // namespace keratin::constraints
