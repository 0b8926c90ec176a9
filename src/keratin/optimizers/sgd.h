// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/optimizers/optimizer.h"

namespace keratin::optimizers {

struct SGDOptions {
  LearningRate learning_rate = 0.01;
  double momentum = 0.0;
  bool nesterov = false;
  std::optional<double> weight_decay = {};
#include "keratin/optimizers/options_of_all.inc"
};

/// Gradient descent:
///   w -= g * learning_rate
/// with momentum
///   m = m * momentum - g * learning_rate
///   w += m
/// and with nesterov, in place of the last line,
///   w += m * momentum - g * learning_rate
/// Throws std::invalid_argument unless momentum is in [0, 1].
class SGD final : public Configured<SGD, SGDOptions, Optimizer> {
 public:
  static constexpr std::string_view kName = "SGD";
  explicit SGD(Options options = {});
};

}  // namespace keratin::optimizers
