// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/optimizers/optimizer.h"

namespace keratin::optimizers {

struct LionOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.99;
  std::optional<double> weight_decay = {};
#include "keratin/optimizers/options_of_all.inc"
};

/// Steps of one size, in the direction of the sign of the momentum:
///   w -= learning_rate * sign(m * beta_1 + g * (1 - beta_1)); m = m * beta_2 + g * (1 - beta_2).
/// Throws std::invalid_argument unless beta_1 is in (0, 1].
class Lion final : public Configured<Lion, LionOptions, Optimizer> {
 public:
  static constexpr std::string_view kName = "Lion";
  explicit Lion(Options options = {});
};

}  // namespace keratin::optimizers
