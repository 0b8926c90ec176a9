// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <functional>
#include <utility>

#include "keratin/trainers/callback.h"

namespace keratin::callbacks {

struct LearningRateSchedulerOptions {
  std::function<double(int epoch, double learning_rate)> schedule = {};
  int verbose = 0;  // 1: says on standard error what it does
};

/// Sets the learning rate at the start of each epoch to schedule(epoch, rate so far), and adds
/// "learning_rate" to the logs. Keras: `LearningRateScheduler`.
class LearningRateScheduler final : public Callback {
 public:
  using Options = LearningRateSchedulerOptions;
  /// Throws std::invalid_argument when there is no schedule.
  explicit LearningRateScheduler(LearningRateSchedulerOptions options);
  template <std::invocable<int, double> Schedule>
  explicit LearningRateScheduler(Schedule schedule, int verbose = 0)
      : LearningRateScheduler(Options{std::move(schedule), verbose}) {}

  /// Other options from now on. Throws, and changes nothing, as the constructor does.
  void set_options(LearningRateSchedulerOptions options);

  void on_epoch_begin(int epoch, const Logs& logs) override;
  void on_epoch_end(int epoch, Logs& logs) override;

 private:
  LearningRateSchedulerOptions options_;
};

}  // namespace keratin::callbacks
