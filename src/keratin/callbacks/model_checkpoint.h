// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "keratin/callbacks/monitor_callback.h"
#include "keratin/callbacks/save_freq.h"

namespace keratin::callbacks {

struct ModelCheckpointOptions {
  std::string filepath = {};
  std::string monitor = "val_loss";
  int verbose = 0;
  bool save_best_only = false;
  bool save_weights_only = false;
  std::string mode = "auto";
  SaveFreq save_freq = {};
  std::optional<double> initial_value_threshold = {};
};

/// Saves the model, or its weights, after every epoch or every so many batches. Keras:
/// `ModelCheckpoint`.
///
/// `filepath` is filled in as Python's str.format does: "{epoch:02d}-{val_loss:.2f}.keras"; epochs
/// and batches count from 1. Folders on the way are made. A file takes its place when it is whole.
/// With `save_best_only` a model is saved when `monitor` is better than it was at the last save,
/// and than initial_value_threshold; when it is not among the numbers, it says so and saves.
///
/// fit throws what saving throws; std::invalid_argument for a name in `filepath` that is not among
/// the numbers, or for a model that is not one of models/; FileError where the path is a folder.
class ModelCheckpoint : public MonitorCallback {
 public:
  using Options = ModelCheckpointOptions;
  /// Throws std::invalid_argument unless filepath ends in ".weights.h5" with save_weights_only, and
  /// in ".keras" or ".h5" otherwise, and for a mode that is none.
  explicit ModelCheckpoint(ModelCheckpointOptions options);
  template <std::convertible_to<std::string> Path>
  explicit ModelCheckpoint(Path filepath)
      : ModelCheckpoint(Options{.filepath = std::move(filepath)}) {}

  void on_epoch_begin(int epoch, const Logs& logs) override;
  void on_train_batch_end(std::int64_t batch, const Logs& logs) override;
  void on_epoch_end(int epoch, Logs& logs) override;
  trainers::RunState run_state() const override;
  void set_run_state(const trainers::RunState& state) override;

  /// The best value so far, at first initial_value_threshold. Runs do not start it anew, as in
  /// Keras.
  std::optional<double> best() const { return best_; }
  void set_best(std::optional<double> best) { best_ = best; }
  /// The epoch that goes on.
  int epoch() const { return epoch_; }

  /// Other options from now on. Throws, and changes nothing, as the constructor does.
  void set_options(ModelCheckpointOptions options);

  // The steps of a save, for callbacks of other languages, which save by themselves.

  /// Counts a batch that ended; true when a save is due.
  bool is_due(std::int64_t batch) { return count_.due(options_.save_freq, batch); }
  /// Whether it is to be saved under `path`; says why, where verbose, and takes over the best
  /// value.
  bool wants(int epoch, const Logs& logs, std::string_view path);
  /// It was.
  void saved(int epoch, std::string_view path) const;

 private:
  void save(int epoch, std::optional<std::int64_t> batch, const Logs& logs);
  void say(int epoch, const std::string& text) const;

  ModelCheckpointOptions options_;
  std::optional<double> best_;
  BatchCount count_;
  int epoch_ = 0;
};

}  // namespace keratin::callbacks
