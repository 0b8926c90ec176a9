// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/optimizers/optimizer.h"

namespace keratin::optimizers {

struct AdamOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
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

/// Steps by the decayed mean of the gradient over the root of the decayed mean of its square:
///   m += (g - m) * (1 - beta_1)
///   v += (g^2 - v) * (1 - beta_2)
///   alpha = learning_rate * sqrt(1 - beta_2^t) / (1 - beta_1^t)
///   w -= m * alpha / (sqrt(v) + epsilon)
/// `amsgrad` takes the largest v so far.
class Adam final : public Optimizer {
 public:
  using Options = AdamOptions;
  explicit Adam(Options options = {});
  static Options options_from(const Config& config);

  std::string_view class_name() const override { return "Adam"; }
  Config get_config() const override;

 private:
  Options options_;
};

struct AdamWOptions {
  LearningRate learning_rate = 0.001;
  std::optional<double> weight_decay = 0.004;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
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

/// Adam with weight decay by default. Throws std::invalid_argument when weight_decay is none.
class AdamW final : public Optimizer {
 public:
  using Options = AdamWOptions;
  explicit AdamW(Options options = {});
  static Options options_from(const Config& config);

  std::string_view class_name() const override { return "AdamW"; }
  Config get_config() const override;

 private:
  Options options_;
};

}  // namespace keratin::optimizers
