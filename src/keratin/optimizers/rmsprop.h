// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/optimizers/optimizer.h"

namespace keratin::optimizers {

struct RMSpropOptions {
  LearningRate learning_rate = 0.001;
  double rho = 0.9;
  double momentum = 0.0;
  double epsilon = 1e-7;
  bool centered = false;
  std::optional<double> weight_decay = {};
  std::optional<double> clipnorm = {};
  std::optional<double> clipvalue = {};
  std::optional<double> global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<std::int64_t> ema_overwrite_frequency = {};
  std::optional<double> loss_scale_factor = {};
  std::optional<std::int64_t> gradient_accumulation_steps = {};
  std::string name = {};
};

/// Divides the gradient by a root of the decayed mean of its square:
///   v = rho * v + (1 - rho) * g^2; step = learning_rate * g / sqrt(v + epsilon); w -= step.
/// `centered` subtracts the square of the decayed mean gradient from v; with momentum above zero
/// m = momentum * m + step; w -= m.
class RMSprop final : public Optimizer {
 public:
  using Options = RMSpropOptions;
  explicit RMSprop(Options options = {});
  static Options options_from(const Config& config);

  std::string_view class_name() const override { return "RMSprop"; }
  Config get_config() const override;

 private:
  Options options_;
};

}  // namespace keratin::optimizers
