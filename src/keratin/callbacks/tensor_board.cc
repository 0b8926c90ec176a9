// SPDX-License-Identifier: Apache-2.0
#include "keratin/callbacks/tensor_board.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <filesystem>

#include "keratin/base/error.h"
#include "keratin/callbacks/learning_rates.h"
#include "keratin/callbacks/projector.h"
#include "keratin/callbacks/terminal.h"
#include "keratin/formats/event_file.h"
#include "keratin/models/model.h"
#include "keratin/optimizers/optimizer.h"
#include "keratin/tensor/tensor_access.h"
#include "keratin/trainers/trainer.h"

namespace keratin::callbacks {
namespace {

constexpr std::string_view kTensorBoard = "TensorBoard";
constexpr std::string_view kVal = "val_";

void check(const TensorBoardOptions& options) {
  const auto at_least = [](std::string_view name, std::int64_t value, std::int64_t least) {
    if (value < least)
      invalid_argument(kTensorBoard, name, " must be ", least, " at least. Received: ", value);
  };
  at_least("histogram_freq", options.histogram_freq, 0);
  at_least("embeddings_freq", options.embeddings_freq, 0);
  if (!options.update_freq.is_epoch()) at_least("update_freq", options.update_freq.batches(), 1);
}

bool due(std::int64_t freq, std::int64_t count) { return freq > 0 && count % freq == 0; }

/// In seconds, from some point on.
double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double per_second(double count, double since) {
  return count / std::max(now() - since, 1e-9);  // a clock that stood still
}

const models::Model& with_layers(const trainers::Trainer& model) {
  const auto* const found = dynamic_cast<const models::Model*>(&model);
  if (found == nullptr)
    invalid_argument(kTensorBoard, "what is trained is no model with layers to show.");
  return *found;
}

}  // namespace

TensorBoard::TensorBoard(TensorBoardOptions options) { set_options(std::move(options)); }
TensorBoard::~TensorBoard() = default;

void TensorBoard::set_options(TensorBoardOptions options) {
  check(options);
  if (options.log_dir != options_.log_dir) close();
  options_ = std::move(options);
}

formats::EventFile& TensorBoard::events_of(std::unique_ptr<formats::EventFile>& file,
                                           std::string_view folder) {
  if (!file)
    file = std::make_unique<formats::EventFile>(
        (std::filesystem::path(options_.log_dir) / folder).string());
  return *file;
}

formats::EventFile& TensorBoard::train() { return events_of(train_, "train"); }
formats::EventFile& TensorBoard::validation() { return events_of(validation_, "validation"); }

void TensorBoard::close() {
  train_.reset();
  validation_.reset();
}

void TensorBoard::flush() {
  if (train_) train_->flush();
  if (validation_) validation_->flush();
}

void TensorBoard::on_train_begin(const Logs&) {
  batches_ = 0;
  if (options_.embeddings_freq > 0)
    check_projector(with_layers(model()), options_.embeddings_metadata);
  close();
  const auto* const shown = dynamic_cast<const models::Model*>(&model());
  if (!options_.write_graph || shown == nullptr) return;
  if (shown->class_name() != "Functional" && shown->class_name() != "Sequential") return;
  std::string json;
  try {
    json = shown->to_json();
  } catch (const std::exception& error) {
    return write(params(),
                 str("The model has no config; its graph is not shown: ", error.what(), "\n"));
  }
  train().text("keras", 0, "graph_keras_model", "1", json);
}

void TensorBoard::on_train_end(const Logs&) {
  flush();
  close();
}

void TensorBoard::on_epoch_begin(int, const Logs&) {
  epoch_began_ = now();
  iterations_ = model().optimizer().iterations();
}

void TensorBoard::on_train_batch_begin(std::int64_t, const Logs&) {
  ++batches_;
  batch_began_ = now();
}

void TensorBoard::on_train_batch_end(std::int64_t, const Logs& logs) {
  if (!due(options_.update_freq.batches(), batches_)) return;
  if (options_.write_steps_per_second)
    train().scalar("batch_steps_per_second", batches_, per_second(1, batch_began_));
  for (const auto& [name, value] : logs) train().scalar("batch_" + name, batches_, value);
}

void TensorBoard::on_epoch_end(int epoch, Logs& logs) {
  if (!logs.empty()) {
    Logs rates;
    log_rates(model().optimizer(), rates);
    for (const auto& [name, value] : logs) {
      if (name.starts_with(kVal)) {
        validation().scalar("epoch_" + name.substr(kVal.size()), epoch, value);
      } else if (!rates.get(name)) {  // which other callbacks may have logged
        train().scalar("epoch_" + name, epoch, value);
      }
    }
    for (const auto& [name, rate] : rates) train().scalar("epoch_" + name, epoch, rate);
    if (options_.write_steps_per_second) {
      const auto steps = static_cast<double>(model().optimizer().iterations() - iterations_);
      train().scalar("epoch_steps_per_second", epoch, per_second(steps, epoch_began_));
    }
  }
  if (due(options_.histogram_freq, epoch)) write_histograms(epoch);
  if (due(options_.embeddings_freq, epoch))
    write_projector(with_layers(model()), options_.log_dir, options_.embeddings_metadata);
  flush();
}

void TensorBoard::on_test_end(const Logs& logs) {
  for (const auto& [name, value] : logs) {
    validation().scalar("evaluation_" + name + "_vs_iterations", model().optimizer().iterations(),
                        value);
  }
  if (validation_) validation_->flush();
}

void TensorBoard::write_histograms(int epoch) {
  for (const auto& layer : with_layers(model()).layers()) {
    for (const auto& weight : layer->weights()) {
      std::string tag = weight->path();
      std::ranges::replace(tag, ':', '_');
      const Tensor values = cast(weight->value(), DType::kFloat32);
      train().histogram(tag + "/histogram", epoch, values.data<float>());
    }
  }
}

trainers::RunState TensorBoard::run_state() const {
  trainers::RunState state;
  state.set_integer("TensorBoard/batches", batches_);
  return state;
}

void TensorBoard::set_run_state(const trainers::RunState& named) {
  const trainers::RunState state = named.part("TensorBoard");
  if (!state.empty()) batches_ = state.integer("batches");
}

}  // namespace keratin::callbacks
