// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/optimizers/optimizer.h"

namespace keratin::optimizers {

struct AdamOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
  std::optional<double> weight_decay = {};
#include "keratin/optimizers/options_of_all.inc"
};

/// Steps by the decayed mean of the gradient over the root of the decayed mean of its square:
///   m += (g - m) * (1 - beta_1)
///   v += (g^2 - v) * (1 - beta_2)
///   alpha = learning_rate * sqrt(1 - beta_2^t) / (1 - beta_1^t)
///   w -= m * alpha / (sqrt(v) + epsilon)
/// `amsgrad` takes the largest v so far.
class Adam final : public Configured<Adam, AdamOptions, Optimizer> {
 public:
  static constexpr std::string_view kName = "Adam";
  explicit Adam(Options options = {});
};

struct AdamWOptions {
  LearningRate learning_rate = 0.001;
  std::optional<double> weight_decay = 0.004;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
#include "keratin/optimizers/options_of_all.inc"
};

/// Adam with weight decay by default. Throws std::invalid_argument when weight_decay is none.
class AdamW final : public Configured<AdamW, AdamWOptions, Optimizer> {
 public:
  static constexpr std::string_view kName = "AdamW";
  explicit AdamW(Options options = {});
};

}  // namespace keratin::optimizers
