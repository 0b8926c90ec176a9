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

struct MuonOptions {
  LearningRate learning_rate = 0.001;
  double adam_beta_1 = 0.9;
  double adam_beta_2 = 0.999;
  std::optional<double> adam_weight_decay = 0.004;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = 0.004;
#include "keratin/optimizers/options_of_all.inc"
  /// Parts of paths of variables that take Adam's step.
  std::optional<std::vector<std::string>> exclude_layers = {};
  bool exclude_embeddings = true;
  double muon_a = 3.4445;
  double muon_b = -4.7750;
  double muon_c = 2.0315;
  double adam_lr_ratio = 1;
  double momentum = 0.95;
  std::int64_t ns_steps = 5;
  bool nesterov = true;
  std::optional<double> rms_rate = 0.2;
};

/// Steps of matrices by their momentum with all its singular values near 1 (Jordan et al., 2024;
/// Liu et al., 2025, arXiv:2502.16982). Of w (n, k):
///   m = momentum * m + g; x = nesterov ? g + momentum * m : m
///   x = x / (|x| + 1e-7), transposed where n > k; then ns_steps times
///     s = x x^T; x = muon_a x + (muon_b s + muon_c s s) x
///   w -= learning_rate * x * sqrt(max(n, k)) * rms_rate, without the last two where that is none
/// and back. What is no matrix, has "embedding" in its path (exclude_embeddings) or a part of
/// exclude_layers takes Adam's step, with learning_rate * adam_lr_ratio, and adam_weight_decay in
/// place of weight_decay. Each step visits every row of a table, Adam's too; one whose rows are
/// drawn on demand is refused. Throws std::invalid_argument for ns_steps
/// outside [0, 100].
class Muon final : public Configured<Muon, MuonOptions, Optimizer> {
 public:
  static constexpr std::string_view kName = "Muon";
  explicit Muon(Options options = {});

 protected:
  void build_variables(std::span<Variable* const> variables) override;
  void update_step(const Value& gradient, Variable& variable, float learning_rate,
                   Pass& step) override;

 private:
  void adam_step(const Value& gradient, Variable& variable, float learning_rate, Pass& step) const;
  Value orthogonalized(const Value& x) const;

  std::vector<Variable*> momentums_, velocities_;  // of a variable without Adam's step null
};

}  // namespace keratin::optimizers
