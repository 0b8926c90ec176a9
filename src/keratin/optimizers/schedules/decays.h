// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/optimizers/schedules/learning_rate_schedule.h"

/// Rates that fall along one curve.
namespace keratin::optimizers::schedules {

struct ExponentialDecayOptions {
  std::optional<double> initial_learning_rate = {};  // required
  std::int64_t decay_steps = 0;                      // required, > 0
  std::optional<double> decay_rate = {};             // required
  bool staircase = false;
  std::optional<std::string> name = "ExponentialDecay";
};

/// initial_learning_rate * decay_rate^(step / decay_steps); with `staircase` the exponent is
/// floored. The constructor throws std::invalid_argument for what is missing or out of range.
class ExponentialDecay final
    : public Configured<ExponentialDecay, ExponentialDecayOptions, LearningRateSchedule> {
 public:
  static constexpr std::string_view kName = "ExponentialDecay";
  explicit ExponentialDecay(ExponentialDecayOptions options = {});
  float operator()(std::int64_t step) const override;
};

struct PolynomialDecayOptions {
  std::optional<double> initial_learning_rate = {};  // required
  std::int64_t decay_steps = 0;                      // required, > 0
  double end_learning_rate = 0.0001;
  double power = 1.0;
  bool cycle = false;
  std::optional<std::string> name = "PolynomialDecay";
};

/// (initial_learning_rate - end_learning_rate) * (1 - step / decay_steps)^power +
/// end_learning_rate. Past decay_steps the rate stays; with `cycle` decay_steps is raised to its
/// next multiple instead. The constructor throws std::invalid_argument for what is missing or out
/// of range.
class PolynomialDecay final
    : public Configured<PolynomialDecay, PolynomialDecayOptions, LearningRateSchedule> {
 public:
  static constexpr std::string_view kName = "PolynomialDecay";
  explicit PolynomialDecay(PolynomialDecayOptions options = {});
  float operator()(std::int64_t step) const override;
};

struct InverseTimeDecayOptions {
  std::optional<double> initial_learning_rate = {};  // required
  std::int64_t decay_steps = 0;                      // required, > 0
  std::optional<double> decay_rate = {};             // required
  bool staircase = false;
  std::optional<std::string> name = "InverseTimeDecay";
};

/// initial_learning_rate / (1 + decay_rate * step / decay_steps); with `staircase` the fraction is
/// floored.
/// The constructor throws std::invalid_argument for what is missing or out of range.
class InverseTimeDecay final
    : public Configured<InverseTimeDecay, InverseTimeDecayOptions, LearningRateSchedule> {
 public:
  static constexpr std::string_view kName = "InverseTimeDecay";
  explicit InverseTimeDecay(InverseTimeDecayOptions options = {});
  float operator()(std::int64_t step) const override;
};

}  // namespace keratin::optimizers::schedules
