// SPDX-License-Identifier: Apache-2.0
#include "keratin/callbacks/early_stopping.h"

#include "keratin/base/error.h"
#include "keratin/callbacks/terminal.h"
#include "keratin/trainers/trainer.h"

namespace keratin::callbacks {

EarlyStopping::EarlyStopping(EarlyStoppingOptions options)
    : MonitorCallback("EarlyStopping", options.monitor, options.mode, options.min_delta),
      options_(std::move(options)) {}

void EarlyStopping::on_train_begin(const Logs&) { state_ = {}; }

void EarlyStopping::set_options(EarlyStoppingOptions options) {
  watch(options.monitor, options.mode, options.min_delta);
  options_ = std::move(options);
}

trainers::RunState EarlyStopping::run_state() const {
  trainers::RunState state;
  state.set_integer("wait", state_.wait);
  state.set_integer("stopped_epoch", state_.stopped_epoch);
  state.set_integer("best_epoch", state_.best_epoch);
  state.set_number("best", state_.best);
  if (state_.best_weights) {
    for (std::size_t i = 0; i < state_.best_weights->size(); ++i)
      state.set(str("best_weights/", i), (*state_.best_weights)[i]);
  }
  trainers::RunState named;
  named.add("EarlyStopping", state);
  return named;
}

void EarlyStopping::set_run_state(const trainers::RunState& named) {
  const trainers::RunState state = named.part("EarlyStopping");
  if (state.empty()) return;
  State taken{.wait = static_cast<int>(state.integer("wait")),
              .stopped_epoch = static_cast<int>(state.integer("stopped_epoch")),
              .best = state.optional_number("best"),
              .best_epoch = static_cast<int>(state.integer("best_epoch"))};
  const trainers::RunState weights = state.part("best_weights");
  if (!weights.empty()) taken.best_weights.emplace();
  while (const Tensor* const weight =
             weights.find(str(taken.best_weights ? taken.best_weights->size() : 0)))
    taken.best_weights->push_back(*weight);
  state_ = std::move(taken);
}

void EarlyStopping::remember(int epoch) {
  state_.best_epoch = epoch;
  if (options_.restore_best_weights) state_.best_weights = model().get_weights();
}

void EarlyStopping::on_epoch_end(int epoch, Logs& logs) {
  const std::optional<double> current = watched(logs);
  if (!current || epoch < options_.start_from_epoch) return;
  if (options_.restore_best_weights && !state_.best_weights) remember(epoch);
  ++state_.wait;
  if (is_improvement(*current, state_.best)) {
    state_.best = current;
    remember(epoch);
    // Keras: to start waiting anew, the baseline must be beaten too.
    if (!options_.baseline || is_improvement(*current, options_.baseline)) state_.wait = 0;
  } else if (state_.wait >= options_.patience && epoch > 0) {
    state_.stopped_epoch = epoch;
    model().stop_training = true;
  }
}

void EarlyStopping::on_train_end(const Logs&) {
  const bool talks = options_.verbose > 0;
  if (talks && state_.stopped_epoch > 0) {
    write(params(), str("Epoch ", state_.stopped_epoch + 1, ": early stopping\n"));
  }
  if (!state_.best_weights) return;
  if (talks) {
    write(params(), str("Restoring model weights from the end of the best epoch: ",
                        state_.best_epoch + 1, ".\n"));
  }
  model().set_weights(*state_.best_weights);
}

}  // namespace keratin::callbacks
