// SPDX-License-Identifier: Apache-2.0
#include "keratin/callbacks/early_stopping.h"

#include "keratin/base/error.h"
#include "keratin/callbacks/terminal.h"
#include "keratin/trainers/trainer.h"

namespace keratin::callbacks {

EarlyStopping::EarlyStopping(EarlyStoppingOptions options)
    : MonitorCallback("EarlyStopping", options.monitor, options.mode, options.min_delta),
      options_(std::move(options)) {}

void EarlyStopping::on_train_begin(const Logs&) {
  wait_ = 0;
  stopped_epoch_ = 0;
  best_.reset();
  best_epoch_ = 0;
  best_weights_.reset();
}

void EarlyStopping::remember(int epoch) {
  best_epoch_ = epoch;
  if (options_.restore_best_weights) best_weights_ = model().get_weights();
}

void EarlyStopping::on_epoch_end(int epoch, Logs& logs) {
  const std::optional<double> current = watched(logs);
  if (!current || epoch < options_.start_from_epoch) return;
  if (options_.restore_best_weights && !best_weights_) remember(epoch);
  ++wait_;
  if (is_improvement(*current, best_)) {
    best_ = current;
    remember(epoch);
    // Keras: to start waiting anew, the baseline must be beaten too.
    if (!options_.baseline || is_improvement(*current, options_.baseline)) wait_ = 0;
  } else if (wait_ >= options_.patience && epoch > 0) {
    stopped_epoch_ = epoch;
    model().stop_training = true;
  }
}

void EarlyStopping::on_train_end(const Logs&) {
  const bool talks = options_.verbose > 0;
  if (talks && stopped_epoch_ > 0) {
    write(params(), str("Epoch ", stopped_epoch_ + 1, ": early stopping\n"));
  }
  if (!best_weights_) return;
  if (talks) {
    write(params(),
          str("Restoring model weights from the end of the best epoch: ", best_epoch_ + 1, ".\n"));
  }
  model().set_weights(*best_weights_);
}

}  // namespace keratin::callbacks
