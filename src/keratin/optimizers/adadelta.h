// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/optimizers/optimizer.h"

namespace keratin::optimizers {

struct AdadeltaOptions {
  LearningRate learning_rate = 0.001;
  double rho = 0.95;
  double epsilon = 1e-7;
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

/// Steps as large as the decayed mean of past steps, over that of the gradients:
///   a = rho * a + (1 - rho) * g^2; step = -sqrt(d + epsilon) * g / sqrt(a + epsilon);
///   d = rho * d + (1 - rho) * step^2; w += learning_rate * step.
class Adadelta final : public Optimizer {
 public:
  using Options = AdadeltaOptions;
  explicit Adadelta(Options options = {});
  static Options options_from(const Config& config);

  std::string_view class_name() const override { return "Adadelta"; }
  Config get_config() const override;

 private:
  Options options_;
};

}  // namespace keratin::optimizers
