// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/trainers/run_state.h"
#include "keratin/trainers/tensors.h"

namespace keratin {

namespace trainers {
class Trainer;
}

/// Named numbers of a batch or an epoch, in Keras's order: loss, metrics, then val_*.
class Logs {
 public:
  void set(std::string_view name, double value);
  /// As set() for a name that is not there yet: not looked for.
  void append(std::string_view name, double value) { items_.emplace_back(name, value); }
  std::optional<double> get(std::string_view name) const;
  const std::vector<std::pair<std::string, double>>& items() const { return items_; }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }
  bool empty() const { return items_.empty(); }

  /// The outputs of a batch of predict, at its end; none elsewhere. Keras: `logs["outputs"]`.
  const Tensors& outputs() const { return outputs_; }
  void set_outputs(Tensors outputs) { outputs_ = std::move(outputs); }

 private:
  Tensors outputs_;
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
  bool validation = false;            // fit has validation data: some epochs end with val_* logs
  std::function<void(std::string_view)> write = {};  // where text goes; empty: standard error
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
  /// Behind on_train_batch_end and on_epoch_end, when all callbacks have heard of it, and also when
  /// one of them threw: for what must see what the others made of it.
  virtual void on_all_heard() {}
  /// Something that Keras says by a Python warning: `steps_per_epoch` ran out of data.
  virtual void on_warning(std::string_view /*text*/) {}

  /// True for a callback that shows the progress: then fit, evaluate and predict add none of their
  /// own.
  virtual bool shows_progress() const { return false; }

  /// What it must know, beside its options, to go on in a run that was ended from without; nothing
  /// for most. Names begin with the callback's own: "EarlyStopping/wait". BackupAndRestore keeps
  /// it.
  virtual trainers::RunState run_state() const { return {}; }
  /// The same after on_train_begin of a run that is taken up again. Names that it does not know are
  /// of another callback, and it starts anew. Throws std::invalid_argument.
  virtual void set_run_state(const trainers::RunState& /*state*/) {}

  void set_model(trainers::Trainer* model) { model_ = model; }
  void set_params(Params params) { params_ = std::move(params); }

 protected:
  /// The model in training. Callbacks of predict may look at it but must not change it.
  /// Throws std::logic_error outside fit, evaluate and predict.
  trainers::Trainer& model() const;
  const Params& params() const { return params_; }

 private:
  trainers::Trainer* model_ = nullptr;
  Params params_;
};

/// The progress that verbose 1 and 2 ask for. A ProgbarLogger: callbacks/progbar_logger defines
/// this.
std::shared_ptr<Callback> make_progress();

}  // namespace callbacks
}  // namespace keratin
