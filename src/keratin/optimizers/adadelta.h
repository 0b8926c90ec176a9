// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/optimizers/optimizer.h"

namespace keratin::optimizers {

struct AdadeltaOptions {
  LearningRate learning_rate = 0.001;
  double rho = 0.95;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = {};
#include "keratin/optimizers/options_of_all.inc"
};

/// Steps as large as the decayed mean of past steps, over that of the gradients:
///   a = rho * a + (1 - rho) * g^2; step = -sqrt(d + epsilon) * g / sqrt(a + epsilon);
///   d = rho * d + (1 - rho) * step^2; w += learning_rate * step.
class Adadelta final : public Configured<Adadelta, AdadeltaOptions, Optimizer> {
 public:
  static constexpr std::string_view kName = "Adadelta";
  explicit Adadelta(Options options = {});
};

}  // namespace keratin::optimizers
