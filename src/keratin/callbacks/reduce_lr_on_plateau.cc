// SPDX-License-Identifier: Apache-2.0
#include "keratin/callbacks/reduce_lr_on_plateau.h"

#include <algorithm>

#include "keratin/base/error.h"
#include "keratin/callbacks/learning_rates.h"
#include "keratin/callbacks/terminal.h"
#include "keratin/trainers/trainer.h"

namespace keratin::callbacks {

ReduceLROnPlateau::ReduceLROnPlateau(ReduceLROnPlateauOptions options)
    : MonitorCallback("ReduceLROnPlateau", options.monitor, options.mode, options.min_delta) {
  set_options(std::move(options));
}

void ReduceLROnPlateau::set_options(ReduceLROnPlateauOptions options) {
  if (!(options.factor < 1.0)) {
    invalid_argument("ReduceLROnPlateau", "factor must be less than 1. Received: ", options.factor);
  }
  watch(options.monitor, options.mode, options.min_delta);
  options_ = std::move(options);
}

void ReduceLROnPlateau::on_train_begin(const Logs&) { state_ = {}; }

trainers::RunState ReduceLROnPlateau::run_state() const {
  trainers::RunState state;
  state.set_number("ReduceLROnPlateau/best", state_.best);
  state.set_integer("ReduceLROnPlateau/cooldown_counter", state_.cooldown_counter);
  state.set_integer("ReduceLROnPlateau/wait", state_.wait);
  return state;
}

void ReduceLROnPlateau::set_run_state(const trainers::RunState& named) {
  const trainers::RunState state = named.part("ReduceLROnPlateau");
  if (state.empty()) return;
  state_ = {.best = state.optional_number("best"),
            .cooldown_counter = static_cast<int>(state.integer("cooldown_counter")),
            .wait = static_cast<int>(state.integer("wait"))};
}

bool ReduceLROnPlateau::reduce(int epoch) {
  bool reduced = false;
  for_each_rate(model().optimizer(), [&](optimizers::Optimizer& one, const std::string& name) {
    const float old_rate = one.learning_rate();
    if (!(old_rate > static_cast<float>(options_.min_lr))) return;
    const double rate = std::max(static_cast<double>(old_rate) * options_.factor, options_.min_lr);
    one.set_learning_rate(rate);
    reduced = true;
    if (options_.verbose > 0) {
      write(params(), str("\nEpoch ", epoch + 1, ": ReduceLROnPlateau reducing ", name,
                          name.empty() ? "" : " ", "learning rate to ", rate, ".\n"));
    }
  });
  return reduced;
}

void ReduceLROnPlateau::on_epoch_end(int epoch, Logs& logs) {
  log_rates(model().optimizer(), logs);
  const std::optional<double> current = watched(logs);
  if (!current) return;
  if (state_.cooldown_counter > 0) {
    --state_.cooldown_counter;
    state_.wait = 0;
  }
  if (is_improvement(*current, state_.best)) {
    state_.best = current;
    state_.wait = 0;
  } else if (state_.cooldown_counter == 0 && ++state_.wait >= options_.patience && reduce(epoch)) {
    state_.cooldown_counter = options_.cooldown;
    state_.wait = 0;
  }
}

}  // namespace keratin::callbacks
