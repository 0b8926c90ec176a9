// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/optimizers/optimizer.h"

namespace keratin::optimizers {

struct LionOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.99;
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

/// Steps of one size, in the direction of the sign of the momentum:
///   w -= learning_rate * sign(m * beta_1 + g * (1 - beta_1)); m = m * beta_2 + g * (1 - beta_2).
/// Throws std::invalid_argument unless beta_1 is in (0, 1].
class Lion final : public Optimizer {
 public:
  using Options = LionOptions;
  explicit Lion(Options options = {});
  static Options options_from(const Config& config);

  std::string_view class_name() const override { return "Lion"; }
  Config get_config() const override;

 private:
  Options options_;
};

}  // namespace keratin::optimizers
