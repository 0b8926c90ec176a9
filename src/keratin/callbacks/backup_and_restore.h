// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "keratin/callbacks/save_freq.h"
#include "keratin/trainers/callback.h"

namespace keratin::callbacks {

struct BackupAndRestoreOptions {
  std::string backup_dir = {};
  SaveFreq save_freq = {};
  bool double_checkpoint = false;
  bool delete_checkpoint = true;
};

/// Backs a run of fit up, and goes on with it where it was ended from without: with the same call
/// of fit, in a new process too. Keras: `BackupAndRestore`.
///
/// The weights are then, to the bit, those of a run that was never ended, in the middle of an epoch
/// too: a backup has the weights, the optimizer's state, where the epoch stands and its loss and
/// metrics so far, the order of the samples, what random layers and the process draw from, and what
/// EarlyStopping, ReduceLROnPlateau and ModelCheckpoint know. (Keras has weights, optimizer and
/// epoch.) The data are the same, and of a BatchSource each pass is like the others, or it says how
/// it goes back (BatchSource::go_to). The History is of the epochs that this process ends.
///
/// `backup_dir` holds latest.weights.h5, which Keras can read, training_metadata.json, which only
/// Keras does, and with `double_checkpoint` the backup before, .bkp, which is taken where the
/// latest is damaged. A file takes its place when it is whole: at any moment, killed or not, there
/// is the old backup or the new one. At the end of fit they are removed, and the folder, if empty,
/// unless delete_checkpoint is false. A backup that Keras wrote is taken up at the start of its
/// epoch.
///
/// fit throws FileError and FormatError, as loading and saving do; std::invalid_argument for a
/// model that is not built, or not one of models/, and where data or metrics are not those of the
/// backup.
class BackupAndRestore : public Callback {
 public:
  using Options = BackupAndRestoreOptions;
  /// Throws std::invalid_argument for an empty backup_dir.
  explicit BackupAndRestore(BackupAndRestoreOptions options);
  template <std::convertible_to<std::string> Path>
  explicit BackupAndRestore(Path backup_dir)
      : BackupAndRestore(Options{.backup_dir = std::move(backup_dir)}) {}

  void on_train_begin(const Logs& logs) override;
  void on_epoch_begin(int epoch, const Logs& logs) override;
  void on_train_batch_end(std::int64_t batch, const Logs& logs) override;
  void on_epoch_end(int epoch, Logs& logs) override;
  void on_all_heard() override;
  void on_train_end(const Logs& logs) override;
  trainers::RunState run_state() const override;
  void set_run_state(const trainers::RunState& state) override;

  /// Other options from now on. Throws, and changes nothing, as the constructor does.
  void set_options(BackupAndRestoreOptions options);
  /// Whether on_all_heard() will write a backup.
  bool due() const { return due_; }
  int current_epoch() const { return epoch_; }
  std::int64_t last_batch_seen() const { return count_.last.value_or(0); }

 protected:
  // What a model has in files beside what C++ knows of it: for callbacks of other languages.

  /// Writes the backup, and reads it: gives the state of the run, none where the file has none.
  virtual void write(const std::string& path, const trainers::RunState& run) const;
  virtual trainers::RunState read(const std::string& path);

 private:
  bool restore(const std::string& path);

  BackupAndRestoreOptions options_;
  BatchCount count_;
  int epoch_ = 0;
  std::optional<int> told_keras_;  // the epoch that its file of metadata has
  bool due_ = false;
};

}  // namespace keratin::callbacks
