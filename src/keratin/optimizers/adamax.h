// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/optimizers/optimizer.h"

namespace keratin::optimizers {

struct AdamaxOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = {};
#include "keratin/optimizers/options_of_all.inc"
};

/// Adam with the largest decayed gradient in place of the root of the mean square:
///   m += (g - m) * (1 - beta_1); u = max(beta_2 * u, |g|);
///   w -= learning_rate * m / ((1 - beta_1^t) * (u + epsilon)).
class Adamax final : public Configured<Adamax, AdamaxOptions, Optimizer> {
 public:
  static constexpr std::string_view kName = "Adamax";
  explicit Adamax(Options options = {});
};

}  // namespace keratin::optimizers
