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

struct AdafactorOptions {
  LearningRate learning_rate = 0.001;
  double beta_2_decay = -0.8;
  double epsilon_1 = 1e-30;
  double epsilon_2 = 1e-3;
  double clip_threshold = 1.0;
  /// Says nothing, as in Keras: the rate is never above 1 / sqrt(t).
  bool relative_step = true;
  std::optional<double> weight_decay = {};
#include "keratin/optimizers/options_of_all.inc"
};

/// Steps by the gradient over the root of its mean square, which is kept as a row and a column
/// (Shazeer and Stern, 2018, arXiv:1804.04235). With b = 1 - t^beta_2_decay, rms(x) the root of the
/// mean square of all elements, and s = g^2 + epsilon_1, of two or more dimensions:
///   r = b r + (1 - b) mean(s along the last axis)
///   c = b c + (1 - b) mean(s along the last but one)
///   v = r / mean(r along its last axis) * c
/// else v = b v + (1 - b) s; and then
///   u = g / sqrt(v), 0 where v is
///   w -= max(epsilon_2, rms(w)) min(learning_rate, 1 / sqrt(t)) u / max(1, rms(u) /
///   clip_threshold)
/// Every row of a table counts in the means, so each step visits all rows: a table whose rows are
/// drawn on demand is refused.
class Adafactor final : public Configured<Adafactor, AdafactorOptions, Optimizer> {
 public:
  static constexpr std::string_view kName = "Adafactor";
  explicit Adafactor(Options options = {});

 protected:
  void build_variables(std::span<Variable* const> variables) override;
  void update_step(const Value& gradient, Variable& variable, float learning_rate,
                   Pass& step) override;

 private:
  std::vector<Variable*> rows_, columns_, velocities_;
};

}  // namespace keratin::optimizers
