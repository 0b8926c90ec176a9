// SPDX-License-Identifier: Apache-2.0
#include "keratin/callbacks/progbar_logger.h"

#include <algorithm>
#include <string>

namespace keratin::callbacks {
namespace {

Progbar::Values sorted(const Logs& logs) {
  Progbar::Values values = logs.items();
  std::sort(values.begin(), values.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  return values;
}

}  // namespace

std::shared_ptr<Callback> make_progress() { return std::make_shared<ProgbarLogger>(); }

void ProgbarLogger::start() {
  seen_ = 0;
  if (params().steps) target_ = params().steps;
  progbar_ = std::make_unique<Progbar>(
      ProgbarOptions{.target = target_, .verbose = params().verbose, .stateless_metrics = {{}}},
      outside_);
}

void ProgbarLogger::update(std::int64_t batch, const Logs& logs) {
  seen_ = batch + 1;
  if (params().verbose != 1) return;
  if (!progbar_) start();
  progbar_->update(batch + 1, sorted(logs), false);
}

void ProgbarLogger::finish(const Logs& logs) {
  if (!progbar_) start();
  // Keras: what a pass had is what the next ones are expected to have.
  if (!target_) progbar_->set_target(*(target_ = seen_));
  progbar_->update(*target_, sorted(logs), true);
  progbar_.reset();
}

void ProgbarLogger::on_train_begin(const Logs&) {
  in_fit_ = true;
  target_.reset();
}
void ProgbarLogger::on_train_end(const Logs&) { in_fit_ = false; }

void ProgbarLogger::on_epoch_begin(int epoch, const Logs&) {
  if (params().verbose != 0 && params().epochs > 1) {
    outside_.write("Epoch " + std::to_string(epoch + 1) + "/" + std::to_string(params().epochs) +
                   "\n");
  }
  start();
}

void ProgbarLogger::on_epoch_end(int, Logs& logs) { finish(logs); }
void ProgbarLogger::on_train_batch_end(std::int64_t batch, const Logs& logs) {
  update(batch, logs);
}

// Keras: the validation inside fit is silent.
void ProgbarLogger::on_test_begin(const Logs&) {
  if (in_fit_) return;
  target_.reset();
  start();
}
void ProgbarLogger::on_test_end(const Logs& logs) {
  if (!in_fit_) finish(logs);
}
void ProgbarLogger::on_test_batch_end(std::int64_t batch, const Logs& logs) {
  if (!in_fit_) update(batch, logs);
}

void ProgbarLogger::on_predict_begin(const Logs&) {
  target_.reset();
  start();
}
void ProgbarLogger::on_predict_end(const Logs& logs) { finish(logs); }
void ProgbarLogger::on_predict_batch_end(std::int64_t batch, const Logs&) { update(batch, Logs()); }

void ProgbarLogger::on_warning(std::string_view text) {
  if (params().verbose != 0) outside_.write("\nWarning: " + std::string(text) + "\n");
}

}  // namespace keratin::callbacks
