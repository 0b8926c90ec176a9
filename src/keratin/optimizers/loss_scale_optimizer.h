// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/optimizers/shared_out.h"

namespace keratin::optimizers {

struct LossScaleOptimizerOptions {
  Identifier<Optimizer> inner_optimizer = {};  // must be given
  double initial_scale = 32768;
  std::int64_t dynamic_growth_steps = 2000;
  std::string name = {};
};

/// Another optimizer, by gradients of a loss that was multiplied by a scale, which they are divided
/// by again. A step with a gradient that is not finite is left out, and halves the scale;
/// dynamic_growth_steps steps without one double it. Its own state: "step_counter", the steps since
/// the scale was another, and "dynamic_scale". Rate, iterations and averages are the other's.
/// Throws std::invalid_argument for no optimizer, dynamic_growth_steps below 1, and a scale that is
/// not above 0. The other's loss_scale_factor becomes none, as in Keras.
class LossScaleOptimizer final
    : public Configured<LossScaleOptimizer, LossScaleOptimizerOptions, SharedOut> {
 public:
  static constexpr std::string_view kName = "LossScaleOptimizer";
  explicit LossScaleOptimizer(const Options& options);

  const std::shared_ptr<Optimizer>& inner_optimizer() const { return optimizers().front(); }
  void apply(std::span<Variable* const> variables, const Gradients& gradients) override;
  /// The scale.
  float loss_scale_factor() const override { return scale_; }
  bool keeps_averages() const override { return inner_optimizer()->keeps_averages(); }
  void swap_averages() override { inner_optimizer()->swap_averages(); }
  void reset_averages() override { inner_optimizer()->reset_averages(); }
  std::span<const std::shared_ptr<Optimizer>> several() const override {
    return inner_optimizer()->several();
  }
  std::int64_t iterations() const override { return inner_optimizer()->iterations(); }
  void set_iterations(std::int64_t calls) override { inner_optimizer()->set_iterations(calls); }
  float learning_rate() const override { return inner_optimizer()->learning_rate(); }
  LearningRate learning_rate_option() const override {
    return inner_optimizer()->learning_rate_option();
  }
  void set_learning_rate(double rate) override { inner_optimizer()->set_learning_rate(rate); }
  void set_learning_rate(std::shared_ptr<const schedules::LearningRateSchedule> schedule) override {
    inner_optimizer()->set_learning_rate(std::move(schedule));
  }

 protected:
  std::vector<std::string> own_names() const override;
  std::vector<Tensor> own_state() const override;
  void set_own_state(std::span<const Tensor> state) override;

 private:
  std::int64_t counter_ = 0;
  float scale_;
};

}  // namespace keratin::optimizers
