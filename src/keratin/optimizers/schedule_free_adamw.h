// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/optimizers/optimizer.h"

namespace keratin::optimizers {

struct ScheduleFreeAdamWOptions {
  LearningRate learning_rate = 0.0025;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-8;
  std::int64_t warmup_steps = 0;
  std::optional<double> weight_decay = {};
#include "keratin/optimizers/options_of_all.inc"
};

/// AdamW without a schedule (Defazio et al., 2024, arXiv:2405.15682): gradients move z, which
/// starts where the weights do; x is the mean of all z so far; the weights w lie between them:
///   rate = learning_rate * min(t / warmup_steps, 1), learning_rate where warmup_steps is 0
///   v += (g^2 - v) * (1 - beta_2)
///   x = (w - (1 - beta_1) * z) / beta_1
///   z -= rate * g / (sqrt(v / (1 - beta_2^t)) + epsilon)
///   x = (1 - 1 / t) * x + 1 / t * z
///   w = (1 - beta_1) * z + beta_1 * x
/// Weights without gradient go on towards z, so that each step visits every row of a table; one
/// whose rows are drawn on demand is refused.
class ScheduleFreeAdamW final
    : public Configured<ScheduleFreeAdamW, ScheduleFreeAdamWOptions, Optimizer> {
 public:
  static constexpr std::string_view kName = "ScheduleFreeAdamW";
  explicit ScheduleFreeAdamW(Options options = {});

 protected:
  void build_variables(std::span<Variable* const> variables) override;
  void update_step(const Value& gradient, Variable& variable, float learning_rate,
                   Pass& step) override;

 private:
  std::vector<Variable*> momentums_, velocities_;  // z and v
};

}  // namespace keratin::optimizers
