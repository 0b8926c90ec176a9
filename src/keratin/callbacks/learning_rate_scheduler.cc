// SPDX-License-Identifier: Apache-2.0
#include "keratin/callbacks/learning_rate_scheduler.h"

#include "keratin/base/error.h"
#include "keratin/callbacks/terminal.h"
#include "keratin/trainers/trainer.h"

namespace keratin::callbacks {

LearningRateScheduler::LearningRateScheduler(LearningRateSchedulerOptions options) {
  set_options(std::move(options));
}

void LearningRateScheduler::set_options(LearningRateSchedulerOptions options) {
  if (!options.schedule)
    invalid_argument("LearningRateScheduler", "schedule must be a function. Received: None");
  options_ = std::move(options);
}

void LearningRateScheduler::on_epoch_begin(int epoch, const Logs&) {
  optimizers::Optimizer& optimizer = model().optimizer();
  const double rate = options_.schedule(epoch, static_cast<double>(optimizer.learning_rate()));
  optimizer.set_learning_rate(rate);
  if (options_.verbose > 0) {
    write(params(), str("\nEpoch ", epoch + 1, ": LearningRateScheduler setting learning rate to ",
                        rate, ".\n"));
  }
}

void LearningRateScheduler::on_epoch_end(int, Logs& logs) {
  logs.set("learning_rate", static_cast<double>(model().optimizer().learning_rate()));
}

}  // namespace keratin::callbacks
