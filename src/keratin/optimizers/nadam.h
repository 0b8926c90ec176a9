// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/optimizers/optimizer.h"

namespace keratin::optimizers {

struct NadamOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
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

/// Adam with Nesterov momentum, whose strength u_t = beta_1 * (1 - 0.96^t / 2) grows:
///   m += (g - m) * (1 - beta_1); v += (g^2 - v) * (1 - beta_2);
///   m_hat = u_{t+1} * m / (1 - u_1...u_{t+1}) + (1 - u_t) * g / (1 - u_1...u_t);
///   w -= m_hat * learning_rate / (sqrt(v / (1 - beta_2^t)) + epsilon).
class Nadam final : public Optimizer {
 public:
  using Options = NadamOptions;
  explicit Nadam(Options options = {});
  static Options options_from(const Config& config);

  std::string_view class_name() const override { return "Nadam"; }
  Config get_config() const override;

 private:
  Options options_;
};

}  // namespace keratin::optimizers
