// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/optimizers/optimizer.h"

namespace keratin::optimizers {

struct NadamOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = {};
#include "keratin/optimizers/options_of_all.inc"
};

/// Adam with Nesterov momentum, whose strength u_t = beta_1 * (1 - 0.96^t / 2) grows:
///   m += (g - m) * (1 - beta_1); v += (g^2 - v) * (1 - beta_2);
///   m_hat = u_{t+1} * m / (1 - u_1...u_{t+1}) + (1 - u_t) * g / (1 - u_1...u_t);
///   w -= m_hat * learning_rate / (sqrt(v / (1 - beta_2^t)) + epsilon).
class Nadam final : public Configured<Nadam, NadamOptions, Optimizer> {
 public:
  static constexpr std::string_view kName = "Nadam";
  explicit Nadam(Options options = {});
};

}  // namespace keratin::optimizers
