// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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

/// Follow the regularized leader: the weight is the minimum of the sum of linearised losses so far,
/// with penalties l1 (which makes weights exactly zero) and l2. With p = -learning_rate_power:
///   b = a + g^2; z += g + 2 l2_shrinkage w - (b^p - a^p) / learning_rate * w;
///   w = (clip(z, -l1, l1) - z) / (b^p / learning_rate + 2 l2 + beta / learning_rate); a = b.
/// Throws std::invalid_argument for a positive learning_rate_power, a negative accumulator or
/// strength.
class Ftrl final : public Optimizer {
 public:
  using Options = FtrlOptions;
  explicit Ftrl(Options options = {});
  static Options options_from(const Config& config);

  std::string_view class_name() const override { return "Ftrl"; }
  Config get_config() const override;

 private:
  Options options_;
};

}  // namespace keratin::optimizers
