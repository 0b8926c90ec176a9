// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/optimizers/optimizer.h"

namespace keratin::optimizers {

struct SGDOptions {
  LearningRate learning_rate = 0.01;
  double momentum = 0.0;
  bool nesterov = false;
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

/// Gradient descent:
///   w -= g * learning_rate
/// with momentum
///   m = m * momentum - g * learning_rate
///   w += m
/// and with nesterov, in place of the last line,
///   w += m * momentum - g * learning_rate
/// Throws std::invalid_argument unless momentum is in [0, 1].
class SGD final : public Optimizer {
 public:
  using Options = SGDOptions;
  explicit SGD(Options options = {});
  static Options options_from(const Config& config);

  std::string_view class_name() const override { return "SGD"; }
  Config get_config() const override;

 private:
  Options options_;
};

}  // namespace keratin::optimizers
