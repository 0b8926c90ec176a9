// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keratin {

namespace trainers { class Trainer; }

/// Named numbers of a batch or an epoch, in Keras's order: loss, metrics, then val_*.
class Logs {
 public:
  void set(std::string_view name, double value);
  std::optional<double> get(std::string_view name) const;
  const std::vector<std::pair<std::string, double>>& items() const { return items_; }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }
  bool empty() const { return items_.empty(); }

 private:
  std::vector<std::pair<std::string, double>> items_;
};

/// What fit returns: the numbers of every epoch, by name, and which epochs they are.
struct History {
  std::map<std::string, std::vector<double>, std::less<>> history;
  std::vector<int> epoch;
};

namespace callbacks {

/// What fit tells the callbacks before training. Keras: `params`.
struct Params {
  int verbose = 0;
  int epochs = 1;
  std::optional<std::int64_t> steps;  // batches an epoch, where known
};

/// Hooks of fit, evaluate and predict; each does nothing until overridden.
/// Called by the thread that called fit. An exception leaves fit; the model keeps its last step.
class Callback {
 public:
  virtual ~Callback() = default;

  virtual void on_train_begin(const Logs&) {}
  virtual void on_train_end(const Logs&) {}
  virtual void on_epoch_begin(int /*epoch*/, const Logs&) {}
  /// `logs` may be added to: later callbacks and the History see it.
  virtual void on_epoch_end(int /*epoch*/, Logs&) {}
  virtual void on_train_batch_begin(std::int64_t /*batch*/, const Logs&) {}
  virtual void on_train_batch_end(std::int64_t /*batch*/, const Logs&) {}
  virtual void on_test_begin(const Logs&) {}
  virtual void on_test_end(const Logs&) {}
  virtual void on_test_batch_begin(std::int64_t /*batch*/, const Logs&) {}
  virtual void on_test_batch_end(std::int64_t /*batch*/, const Logs&) {}
  virtual void on_predict_begin(const Logs&) {}
  virtual void on_predict_end(const Logs&) {}
  virtual void on_predict_batch_begin(std::int64_t /*batch*/, const Logs&) {}
  virtual void on_predict_batch_end(std::int64_t /*batch*/, const Logs&) {}

  void set_model(trainers::Trainer* model) { model_ = model; }
  void set_params(Params params) { params_ = params; }

 protected:
  trainers::Trainer& model() const { return *model_; }
  const Params& params() const { return params_; }

 private:
  trainers::Trainer* model_ = nullptr;
  Params params_;
};

}  // namespace callbacks
}  // namespace keratin
