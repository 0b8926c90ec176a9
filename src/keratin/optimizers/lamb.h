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

struct LambOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = {};
#include "keratin/optimizers/options_of_all.inc"
};

/// Adam's step, made as long as the weights are (You et al., 2019, arXiv:1904.00962):
///   m += (g - m) * (1 - beta_1)
///   v += (g^2 - v) * (1 - beta_2)
///   u = m / (1 - beta_1^t) / (sqrt(v / (1 - beta_2^t)) + epsilon)
///   w -= learning_rate * |w| / |u| * u
/// with the norms of the whole variable; |w| / |u| is 1 where one of them is 0. Every row of a
/// table counts in them, so each step visits all rows: a table whose rows are drawn on demand is
/// refused.
class Lamb final : public Configured<Lamb, LambOptions, Optimizer> {
 public:
  static constexpr std::string_view kName = "Lamb";
  explicit Lamb(Options options = {});

 protected:
  void build_variables(std::span<Variable* const> variables) override;
  void update_step(const Value& gradient, Variable& variable, float learning_rate,
                   Pass& step) override;

 private:
  std::vector<Variable*> momentums_, velocities_;
};

}  // namespace keratin::optimizers
