// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "keratin/callbacks/monitor_callback.h"

namespace keratin::callbacks {

struct ReduceLROnPlateauOptions {
  std::string monitor = "val_loss";
  double factor = 0.1;
  int patience = 10;
  int verbose = 0;  // 1: says on standard error what it does
  std::string mode = "auto";
  double min_delta = 1e-4;
  int cooldown = 0;
  double min_lr = 0;
};

/// Multiplies the learning rate by `factor` when `monitor` has not improved for `patience` epochs,
/// and adds "learning_rate" to the logs. Keras: `ReduceLROnPlateau`. A missing monitor is an error
/// as for EarlyStopping; so is an optimizer whose rate comes from a schedule.
class ReduceLROnPlateau final : public MonitorCallback {
 public:
  using Options = ReduceLROnPlateauOptions;
  /// Throws std::invalid_argument unless factor < 1.
  explicit ReduceLROnPlateau(ReduceLROnPlateauOptions options = {});

  void on_train_begin(const Logs& logs) override;
  void on_epoch_end(int epoch, Logs& logs) override;

  trainers::RunState run_state() const override;
  void set_run_state(const trainers::RunState& state) override;

  std::optional<double> best() const { return state_.best; }

  /// Other options from now on. Throws, and changes nothing, as the constructor does.
  void set_options(ReduceLROnPlateauOptions options);

  /// Where it stands in a run; on_train_begin starts anew.
  struct State {
    std::optional<double> best = {};
    int cooldown_counter = 0;
    int wait = 0;
  };
  const State& state() const { return state_; }
  void set_state(State state) { state_ = state; }

 private:
  bool reduce(int epoch);

  ReduceLROnPlateauOptions options_;
  State state_;
};

}  // namespace keratin::callbacks
