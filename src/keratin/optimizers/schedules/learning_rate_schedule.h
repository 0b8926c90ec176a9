// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string_view>

#include "keratin/base/identifier.h"

namespace keratin::optimizers {

namespace schedules {

/// A learning rate as a function of the step. Immutable. Threads: safe.
class LearningRateSchedule {
 public:
  virtual ~LearningRateSchedule() = default;
  virtual std::string_view class_name() const = 0;
  virtual Config get_config() const = 0;
  /// The rate of step `step` (0 is the first), computed in float32 as Keras does.
  virtual float operator()(std::int64_t step) const = 0;

  // The closed list: schedules.cc.
  static std::shared_ptr<const LearningRateSchedule> get(std::string_view name);
  static std::shared_ptr<const LearningRateSchedule> deserialize(const Config& config);
  Config serialize() const;
};

}  // namespace schedules

/// The option `learning_rate`: a number or a schedule.
class LearningRate {
 public:
  template <class Number>
    requires std::is_arithmetic_v<Number>
  LearningRate(Number rate) : rate_(static_cast<double>(rate)) {}
  template <std::derived_from<schedules::LearningRateSchedule> Schedule>
  LearningRate(Schedule schedule) : schedule_(std::move(schedule)) {}
  LearningRate(std::shared_ptr<const schedules::LearningRateSchedule> schedule)
      : schedule_(std::move(schedule)) {}

  /// Null when the rate is a number.
  const schedules::LearningRateSchedule* schedule() const { return schedule_.get(); }
  double number() const { return rate_; }
  float at(std::int64_t step) const {
    return schedule_ ? (*schedule_)(step) : static_cast<float>(rate_);
  }

 private:
  double rate_ = 0;
  Identifier<const schedules::LearningRateSchedule> schedule_;
};

Config to_config(const LearningRate& rate);
void from_config(const Config& config, LearningRate& rate);

}  // namespace keratin::optimizers
