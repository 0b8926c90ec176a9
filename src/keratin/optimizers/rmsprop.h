// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/optimizers/optimizer.h"

namespace keratin::optimizers {

struct RMSpropOptions {
  LearningRate learning_rate = 0.001;
  double rho = 0.9;
  double momentum = 0.0;
  double epsilon = 1e-7;
  bool centered = false;
  std::optional<double> weight_decay = {};
#include "keratin/optimizers/options_of_all.inc"
};

/// Divides the gradient by a root of the decayed mean of its square:
///   v = rho * v + (1 - rho) * g^2; step = learning_rate * g / sqrt(v + epsilon); w -= step.
/// `centered` subtracts the square of the decayed mean gradient from v; with momentum above zero
/// m = momentum * m + step; w -= m.
class RMSprop final : public Configured<RMSprop, RMSpropOptions, Optimizer> {
 public:
  static constexpr std::string_view kName = "RMSprop";
  explicit RMSprop(Options options = {});
};

}  // namespace keratin::optimizers
