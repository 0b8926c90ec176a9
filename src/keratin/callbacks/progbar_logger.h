// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "keratin/callbacks/progbar.h"
#include "keratin/trainers/callback.h"

namespace keratin::callbacks {

/// Shows the progress of fit, evaluate and predict on standard error: `verbose` 1 a Progbar an
/// epoch, 2 a line an epoch. They add one by themselves unless verbose is 0 or one is among their
/// callbacks. Keras: `ProgbarLogger`. The numbers stand in the order of their names, as in Keras.
class ProgbarLogger final : public Callback {
 public:
  explicit ProgbarLogger(Progbar::Outside outside = {}) : outside_(std::move(outside)) {}

  bool shows_progress() const override { return true; }
  void on_train_begin(const Logs& logs) override;
  void on_train_end(const Logs& logs) override;
  void on_epoch_begin(int epoch, const Logs& logs) override;
  void on_epoch_end(int epoch, Logs& logs) override;
  void on_train_batch_end(std::int64_t batch, const Logs& logs) override;
  void on_test_begin(const Logs& logs) override;
  void on_test_end(const Logs& logs) override;
  void on_test_batch_end(std::int64_t batch, const Logs& logs) override;
  void on_predict_begin(const Logs& logs) override;
  void on_predict_end(const Logs& logs) override;
  void on_predict_batch_end(std::int64_t batch, const Logs& logs) override;
  void on_warning(std::string_view text) override;

 private:
  void start();
  void update(std::int64_t batch, const Logs& logs);
  void finish(const Logs& logs);

  Progbar::Outside outside_;
  std::unique_ptr<Progbar> progbar_;
  /// Steps a pass: as the run says, or as the first pass of a source of unknown length had them.
  std::optional<std::int64_t> target_;
  std::int64_t seen_ = 0;
  bool in_fit_ = false;
};

}  // namespace keratin::callbacks
