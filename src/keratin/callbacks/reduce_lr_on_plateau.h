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

  std::optional<double> best() const { return best_; }

 private:
  bool reduce(int epoch);

  ReduceLROnPlateauOptions options_;
  std::optional<double> best_;
  int cooldown_counter_ = 0;
  int wait_ = 0;
};

}  // namespace keratin::callbacks
