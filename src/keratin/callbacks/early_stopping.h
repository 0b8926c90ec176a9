// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keratin/callbacks/monitor_callback.h"
#include "keratin/tensor/tensor.h"

namespace keratin::callbacks {

struct EarlyStoppingOptions {
  std::string monitor = "val_loss";
  double min_delta = 0;
  int patience = 0;
  int verbose = 0;  // 1: says on standard error what it does
  std::string mode = "auto";
  std::optional<double> baseline = {};
  bool restore_best_weights = false;
  int start_from_epoch = 0;
};

/// Stops fit when `monitor` has not improved for `patience` epochs. Keras: `EarlyStopping`.
/// A monitor that is not there is std::invalid_argument at the end of the first epoch (Keras warns
/// at every epoch and never stops).
class EarlyStopping final : public MonitorCallback {
 public:
  using Options = EarlyStoppingOptions;
  explicit EarlyStopping(EarlyStoppingOptions options = {});

  void on_train_begin(const Logs& logs) override;
  void on_epoch_end(int epoch, Logs& logs) override;
  void on_train_end(const Logs& logs) override;

  trainers::RunState run_state() const override;
  void set_run_state(const trainers::RunState& state) override;

  int stopped_epoch() const { return state_.stopped_epoch; }
  std::optional<double> best() const { return state_.best; }
  int best_epoch() const { return state_.best_epoch; }

  /// Other options from now on. Throws, and changes nothing, as the constructor does.
  void set_options(EarlyStoppingOptions options);

  /// Where it stands in a run; on_train_begin starts anew.
  struct State {
    int wait = 0;
    int stopped_epoch = 0;
    std::optional<double> best = {};
    int best_epoch = 0;
    std::optional<std::vector<Tensor>> best_weights = {};
  };
  const State& state() const { return state_; }
  void set_state(State state) { state_ = std::move(state); }

 private:
  void remember(int epoch);

  EarlyStoppingOptions options_;
  State state_;
};

}  // namespace keratin::callbacks
