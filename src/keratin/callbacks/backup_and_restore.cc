// SPDX-License-Identifier: Apache-2.0
#include "keratin/callbacks/backup_and_restore.h"

#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/base/format_error.h"
#include "keratin/formats/file_writer.h"
#include "keratin/formats/json.h"
#include "keratin/models/model.h"
#include "keratin/saving/training_backup.h"
#include "keratin/saving/weight_paths.h"
#include "keratin/trainers/trainer.h"

namespace keratin::callbacks {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBackupAndRestore = "BackupAndRestore";

constexpr std::string_view kWeights = "latest.weights.h5";
constexpr std::string_view kMetadata = "training_metadata.json";

std::string weights_of(const std::string& folder) { return str(folder, "/", kWeights); }
std::string metadata_of(const std::string& folder) { return str(folder, "/", kMetadata); }
std::string before(const std::string& path) { return path + ".bkp"; }

bool is_there(const std::string& path) {
  std::error_code error;
  return fs::exists(path, error);
}

models::Model& model_of(trainers::Trainer& trained) {
  auto* const model = dynamic_cast<models::Model*>(&trained);
  if (model == nullptr)
    invalid_argument(kBackupAndRestore, "what is trained is no model that has a file.");
  return *model;
}

/// `path` is the backup before, too: under both names, and at no moment under a half.
void keep_as_before(const std::string& path) {
  std::error_code ignored;
  if (!is_there(path) || fs::equivalent(path, before(path), ignored)) return;
  const std::string beside = before(path) + ".new";
  std::error_code error;
  fs::remove(beside, error);
  fs::create_hard_link(path, beside, error);
  if (error) fs::copy_file(path, beside, error);  // a file system without links
  if (!error) fs::rename(beside, before(path), error);
  if (error) {
    throw FileError(str("[BackupAndRestore] cannot keep the backup '", path,
                        "' as the one before: ", error.message()),
                    error.value());
  }
}

/// A file of ours, and what a kill left of one that was being written.
bool is_own(std::string_view name) {
  if (name.starts_with('.')) name.remove_prefix(1);
  return name.starts_with(kWeights) || name.starts_with(kMetadata);
}

/// Where a backup of Keras stands: at the start of that epoch.
std::optional<int> epoch_of_keras(const std::string& metadata) {
  if (!is_there(metadata)) return std::nullopt;
  const Config read = formats::read_json_file(metadata);
  const Config* const epoch = read.find("epoch");
  if (epoch == nullptr || !epoch->is_int()) return std::nullopt;
  return static_cast<int>(epoch->as_int());
}

}  // namespace

BackupAndRestore::BackupAndRestore(BackupAndRestoreOptions options) {
  set_options(std::move(options));
}

void BackupAndRestore::set_options(BackupAndRestoreOptions options) {
  if (options.backup_dir.empty())
    invalid_argument(kBackupAndRestore, "Empty `backup_dir` argument passed");
  options_ = std::move(options);
}

void BackupAndRestore::write(const std::string& path, const trainers::RunState& run) const {
  const models::Model& saved = model_of(model());
  saving::write_backup(path, saved, saving::weight_paths(saved, saving::Form::kApart), run);
}

trainers::RunState BackupAndRestore::read(const std::string& path) {
  models::Model& read = model_of(model());
  return saving::read_backup(path, read, saving::weight_paths(read, saving::Form::kApart));
}

/// False where there is none.
bool BackupAndRestore::restore(const std::string& path) {
  if (!is_there(path)) return false;
  trainers::RunState run = read(path);
  if (run.empty()) {
    const std::optional<int> epoch = epoch_of_keras(metadata_of(options_.backup_dir));
    if (!epoch) return true;
    run.set_integer("epoch", *epoch);
    run.set_integer("within", 0);
    run.set_integer("stop", 0);
  }
  model().resume(std::move(run));
  return true;
}

void BackupAndRestore::on_train_begin(const Logs&) {
  due_ = false;
  told_keras_.reset();
  const models::Model& trained = model_of(model());
  if (!trained.built()) {
    invalid_argument(kBackupAndRestore, "model '", trained.name(),
                     "' is not built: it must have its weights before fit is called.");
  }
  const std::string latest = weights_of(options_.backup_dir);
  const bool has_other = is_there(before(latest));
  if (!has_other) {
    restore(latest);
    return;
  }
  try {
    if (restore(latest)) return;
  } catch (const FormatError&) {  // damaged
  } catch (const FileError&) {
  }
  restore(before(latest));
}

void BackupAndRestore::on_epoch_begin(int epoch, const Logs&) { epoch_ = epoch; }

void BackupAndRestore::on_train_batch_end(std::int64_t batch, const Logs&) {
  if (count_.due(options_.save_freq, batch)) due_ = true;
}

void BackupAndRestore::on_epoch_end(int epoch, Logs&) {
  epoch_ = epoch + 1;
  count_.last = 0;
  if (options_.save_freq.is_epoch()) due_ = true;
}

void BackupAndRestore::on_all_heard() {
  if (!std::exchange(due_, false)) return;
  const std::string& folder = options_.backup_dir;
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    throw FileError(
        str("[BackupAndRestore] cannot make the folder '", folder, "': ", error.message()),
        error.value());
  }
  if (options_.double_checkpoint) {
    keep_as_before(weights_of(folder));
    keep_as_before(metadata_of(folder));
  }
  write(weights_of(folder), model().run_state());
  if (told_keras_ == epoch_) return;
  formats::FileWriter metadata(metadata_of(folder));
  metadata.write(formats::dump_json(
      Config::Dict{{"epoch", std::int64_t{epoch_}}, {"batch", last_batch_seen()}}));
  metadata.commit();
  told_keras_ = epoch_;
}

void BackupAndRestore::on_train_end(const Logs&) {
  if (!options_.delete_checkpoint) return;
  std::error_code ignored;  // what cannot be removed is overwritten by the next run
  std::vector<fs::path> own;
  for (const auto& entry : fs::directory_iterator(options_.backup_dir, ignored)) {
    if (is_own(entry.path().filename().string())) own.push_back(entry.path());
  }
  for (const fs::path& path : own) fs::remove(path, ignored);
  fs::remove(options_.backup_dir, ignored);  // an empty folder alone
}

trainers::RunState BackupAndRestore::run_state() const {
  trainers::RunState state;
  state.set_integer("BackupAndRestore/since_saving", count_.since_saving);
  if (count_.last) state.set_integer("BackupAndRestore/last", *count_.last);
  return state;
}

void BackupAndRestore::set_run_state(const trainers::RunState& named) {
  const trainers::RunState state = named.part("BackupAndRestore");
  if (state.empty()) return;
  count_ = {.since_saving = state.integer("since_saving")};
  if (state.find("last") != nullptr) count_.last = state.integer("last");
}

}  // namespace keratin::callbacks
