// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/optimizers/optimizer.h"

namespace keratin::optimizers {

struct AdamaxOptions {
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

/// Adam with the largest decayed gradient in place of the root of the mean square:
///   m += (g - m) * (1 - beta_1); u = max(beta_2 * u, |g|);
///   w -= learning_rate * m / ((1 - beta_1^t) * (u + epsilon)).
class Adamax final : public Optimizer {
 public:
  using Options = AdamaxOptions;
  explicit Adamax(Options options = {});
  static Options options_from(const Config& config);

  std::string_view class_name() const override { return "Adamax"; }
  Config get_config() const override;

 private:
  Options options_;
};

}  // namespace keratin::optimizers
