// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/optimizers/optimizer.h"

namespace keratin::optimizers {

struct FtrlOptions {
  LearningRate learning_rate = 0.001;
  double learning_rate_power = -0.5;
  double initial_accumulator_value = 0.1;
  double l1_regularization_strength = 0.0;
  double l2_regularization_strength = 0.0;
  double l2_shrinkage_regularization_strength = 0.0;
  double beta = 0.0;
  std::optional<double> weight_decay = {};
#include "keratin/optimizers/options_of_all.inc"
};

/// Follow the regularized leader: the weight is the minimum of the sum of linearised losses so far,
/// with penalties l1 (which makes weights exactly zero) and l2. With p = -learning_rate_power:
///   b = a + g^2; z += g + 2 l2_shrinkage w - (b^p - a^p) / learning_rate * w;
///   w = (clip(z, -l1, l1) - z) / (b^p / learning_rate + 2 l2 + beta / learning_rate); a = b.
/// Throws std::invalid_argument for a positive learning_rate_power, a negative accumulator or
/// strength.
class Ftrl final : public Configured<Ftrl, FtrlOptions, Optimizer> {
 public:
  static constexpr std::string_view kName = "Ftrl";
  explicit Ftrl(Options options = {});
};

}  // namespace keratin::optimizers
