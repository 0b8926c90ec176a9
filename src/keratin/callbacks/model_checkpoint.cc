// SPDX-License-Identifier: Apache-2.0
#include "keratin/callbacks/model_checkpoint.h"

#include <cerrno>
#include <filesystem>

#include "keratin/base/error.h"
#include "keratin/callbacks/python_format.h"
#include "keratin/callbacks/terminal.h"
#include "keratin/models/model.h"
#include "keratin/saving/saving.h"
#include "keratin/trainers/trainer.h"

namespace keratin::callbacks {
namespace {

constexpr std::string_view kModelCheckpoint = "ModelCheckpoint";

void check(const ModelCheckpointOptions& options) {
  const std::string& path = options.filepath;
  if (options.save_weights_only) {
    if (path.ends_with(".weights.h5")) return;
    invalid_argument(kModelCheckpoint,
                     "with save_weights_only the filepath must end in `.weights.h5`. Received: '",
                     path, "'");
  }
  if (path.ends_with(".keras") || path.ends_with(".h5")) return;
  invalid_argument(kModelCheckpoint, "the filepath must end in `.keras`. Received: '", path, "'");
}

/// What a "{name:format}" in the path becomes.
std::string field(std::string_view name, std::string_view format, int epoch,
                  const std::optional<std::int64_t>& batch, const Logs& logs) {
  if (const std::optional<double> value = logs.get(name)) return python_format(*value, format);
  if (name == "epoch") return python_format(std::int64_t{epoch} + 1, format);
  if (name == "batch" && batch) return python_format(*batch + 1, format);
  std::string known = "epoch";
  if (batch) known += ", batch";
  for (const auto& [log, value] : logs) known += ", " + log;
  invalid_argument(kModelCheckpoint, "the filepath names {", name,
                   "}, which is not there. Available: ", known);
}

/// As Python's str.format.
std::string filled(const std::string& path, int epoch, const std::optional<std::int64_t>& batch,
                   const Logs& logs) {
  std::string text;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    const bool is_twice = i + 1 < path.size() && path[i + 1] == c;
    if ((c == '{' || c == '}') && is_twice) {
      text += c;
      ++i;
    } else if (c == '{') {
      const std::size_t end = path.find('}', i);
      if (end == std::string::npos)
        invalid_argument(kModelCheckpoint, "the filepath has a '{' without its '}'. Received: '",
                         path, "'");
      const std::string_view inside = std::string_view(path).substr(i + 1, end - i - 1);
      const std::size_t colon = inside.find(':');
      text += field(inside.substr(0, colon),
                    colon == std::string_view::npos ? "" : inside.substr(colon + 1), epoch, batch,
                    logs);
      i = end;
    } else if (c == '}') {
      invalid_argument(kModelCheckpoint, "the filepath has a '}' without its '{'. Received: '",
                       path, "'");
    } else {
      text += c;
    }
  }
  return text;
}

std::string five_digits(const std::optional<double>& value) {
  return value ? python_format(*value, ".5f") : "None";
}

}  // namespace

ModelCheckpoint::ModelCheckpoint(ModelCheckpointOptions options)
    : MonitorCallback(kModelCheckpoint, options.monitor, options.mode, 0),
      options_(std::move(options)),
      best_(options_.initial_value_threshold) {
  check(options_);
}

void ModelCheckpoint::set_options(ModelCheckpointOptions options) {
  check(options);
  watch(options.monitor, options.mode, 0);
  if (options.initial_value_threshold != options_.initial_value_threshold)
    best_ = options.initial_value_threshold;
  options_ = std::move(options);
}

void ModelCheckpoint::on_epoch_begin(int epoch, const Logs&) { epoch_ = epoch; }

void ModelCheckpoint::on_train_batch_end(std::int64_t batch, const Logs& logs) {
  if (is_due(batch)) save(epoch_, batch, logs);
}

void ModelCheckpoint::on_epoch_end(int epoch, Logs& logs) {
  if (options_.save_freq.is_epoch()) save(epoch, std::nullopt, logs);
}

void ModelCheckpoint::say(int epoch, const std::string& text) const {
  if (options_.verbose > 0) write(params(), str("\nEpoch ", epoch + 1, ": ", text, "\n"));
}

bool ModelCheckpoint::wants(int epoch, const Logs& logs, std::string_view path) {
  if (!options_.save_best_only) {
    say(epoch, str("saving model to ", path));
    return true;
  }
  const std::optional<double> current = watched_if_there(logs);
  if (!current) return true;
  if (!is_improvement(*current, best_)) {
    say(epoch, str(monitor(), " did not improve from ", five_digits(best_)));
    return false;
  }
  say(epoch, str(monitor(), " improved from ", five_digits(best_), " to ", five_digits(current),
                 ", saving model to ", path));
  best_ = current;
  return true;
}

void ModelCheckpoint::saved(int epoch, std::string_view path) const {
  say(epoch, str("finished saving model to ", path));
}

void ModelCheckpoint::save(int epoch, std::optional<std::int64_t> batch, const Logs& logs) {
  const auto* const saveable = dynamic_cast<const models::Model*>(&model());
  if (saveable == nullptr)
    invalid_argument(kModelCheckpoint, "what is trained is no model that has a file.");
  const std::string path = filled(options_.filepath, epoch, batch, logs);
  if (options_.save_best_only && !logs.get(monitor())) {
    write(params(), str("Can save best model only with ", monitor(), " available.\n"));
  }
  if (!wants(epoch, logs, path)) return;
  std::error_code ignored;  // what cannot be made, saving says
  if (std::filesystem::is_directory(path, ignored)) {
    throw FileError(str("[ModelCheckpoint] the filepath is a folder: '", path, "'"), EISDIR);
  }
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder, ignored);
  if (options_.save_weights_only) {
    saving::save_weights(*saveable, path);
  } else {
    saving::save_model(*saveable, path);
  }
  saved(epoch, path);
}

trainers::RunState ModelCheckpoint::run_state() const {
  trainers::RunState state;
  state.set_number("ModelCheckpoint/best", best_);
  state.set_integer("ModelCheckpoint/since_saving", count_.since_saving);
  if (count_.last) state.set_integer("ModelCheckpoint/last", *count_.last);
  return state;
}

void ModelCheckpoint::set_run_state(const trainers::RunState& named) {
  const trainers::RunState state = named.part("ModelCheckpoint");
  if (state.empty()) return;
  BatchCount count{.since_saving = state.integer("since_saving")};
  if (state.find("last") != nullptr) count.last = state.integer("last");
  best_ = state.optional_number("best");
  count_ = count;
}

}  // namespace keratin::callbacks
