// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/optimizers/shared_out.h"

namespace keratin::optimizers {

/// Which optimizer moves which variable, by the paths of variables ("sequential/dense/kernel").
struct OptimizerMap {
  Identifier<Optimizer> default_optimizer = {};  // of those that nothing else matches
  /// Paths, or regular expressions (ECMAScript's) that match whole paths.
  std::vector<std::pair<std::string, Identifier<Optimizer>>> optimizers = {};
};
Config to_config(const OptimizerMap& map);
void from_config(const Config& config, OptimizerMap& map);

struct MultiOptimizerOptions {
  OptimizerMap optimizer_map = {};               // must be given
  std::optional<double> loss_scale_factor = {};  // takes the place of that of each
  std::string name = {};
};

/// Several optimizers, each of which moves some of the variables: of a path that stands in the map
/// that one, else the one whose expression matches it whole, else the default. All of them take a
/// step, or none does. There is no rate of all: learning_rate() throws std::logic_error.
/// Throws std::invalid_argument for no default, what is no regular expression or longer than 1,000
/// characters, a key that stands twice, and a LossScaleOptimizer or MultiOptimizer among them; as
/// it is built for a path that several expressions match.
class MultiOptimizer final : public Configured<MultiOptimizer, MultiOptimizerOptions, SharedOut> {
 public:
  static constexpr std::string_view kName = "MultiOptimizer";
  explicit MultiOptimizer(const Options& options);

  void apply(std::span<Variable* const> variables, const Gradients& gradients) override;
  /// Whether one of them has `use_ema`; the two below are of those that do.
  bool keeps_averages() const override;
  void swap_averages() override { exchange(&Optimizer::swap_averages); }
  void reset_averages() override { exchange(&Optimizer::reset_averages); }
  std::span<const std::shared_ptr<Optimizer>> several() const override { return optimizers(); }
  float loss_scale_factor() const override;
  void set_loss_scale_factor(std::optional<double> factor) override;
  float learning_rate() const override;
  void set_learning_rate(double rate) override;
  void set_learning_rate(std::shared_ptr<const schedules::LearningRateSchedule> schedule) override;

 protected:
  std::size_t place_of(const Variable& variable) const override;

 private:
  void exchange(void (Optimizer::*averages)());
};

}  // namespace keratin::optimizers
