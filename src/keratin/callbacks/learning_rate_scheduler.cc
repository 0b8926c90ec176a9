// SPDX-License-Identifier: Apache-2.0
#include "keratin/callbacks/learning_rate_scheduler.h"

#include "keratin/base/error.h"
#include "keratin/callbacks/learning_rates.h"
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
  for_each_rate(model().optimizer(), [&](optimizers::Optimizer& one, const std::string& name) {
    const double rate = options_.schedule(epoch, static_cast<double>(one.learning_rate()));
    one.set_learning_rate(rate);
    if (options_.verbose > 0) {
      write(params(), str("\nEpoch ", epoch + 1, ": LearningRateScheduler setting ", name,
                          name.empty() ? "" : " ", "learning rate to ", rate, ".\n"));
    }
  });
}

void LearningRateScheduler::on_epoch_end(int, Logs& logs) { log_rates(model().optimizer(), logs); }

}  // namespace keratin::callbacks
