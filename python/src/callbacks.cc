// SPDX-License-Identifier: Apache-2.0
#include "callbacks.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <nanobind/stl/map.h>

#include "access.h"
#include "keratin/base/error.h"
#include "keratin/callbacks/callbacks.h"
#include "keratin/saving/training_backup.h"
#include "keratin/tensor/tensor_access.h"
#include "models.h"
#include "saving.h"

namespace keratin::python {
namespace {

using namespace callbacks;

/// Keras: in the order of the names, those of the validation behind the others.
nb::dict dict_from(const Logs& logs) {
  std::vector<std::pair<std::string, double>> sorted(logs.begin(), logs.end());
  const auto place = [](const auto& item) { return std::pair(item.first.starts_with("val_"), std::string_view(item.first)); };
  std::ranges::sort(sorted, {}, place);
  nb::dict dict;
  for (const auto& [name, value] : sorted) dict[nb::str(name.data(), name.size())] = value;
  if (logs.outputs()) dict["outputs"] = outputs_from(logs.outputs());
  return dict;
}

/// What a Python callback left in its dict. Values that are no numbers are Python's alone.
void update(Logs& logs, const nb::dict& dict) {
  each_item(dict, [&](nb::handle name, nb::handle value) {
    if (!nb::isinstance<nb::str>(name)) return;
    const double number = PyFloat_AsDouble(value.ptr());
    if (number == -1.0 && PyErr_Occurred() != nullptr) {
      PyErr_Clear();
      return;
    }
    logs.set(nb::cast<std::string_view>(name), number);
  });
}

Logs given_logs(nb::handle dict) {
  Logs logs;
  if (!dict.is_none()) update(logs, nb::cast<nb::dict>(dict));
  return logs;
}

/// All Python callbacks of a run as one: each hook takes the GIL once, and none where no callback
/// wants it. They see one dict, as in Keras. An exception leaves fit as it is.
class PythonCallbacks final : public Callback {
 public:
  explicit PythonCallbacks(const nb::dict& hooks) {
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      if (!hooks.contains(kNames[i])) continue;
      for (const nb::handle function : nb::borrow<nb::iterable>(nb::object(hooks[kNames[i]])))
        functions_[i].push_back(nb::borrow(function));
    }
    for (const nb::handle core : nb::borrow<nb::iterable>(nb::object(hooks["cores"])))
      cores_.push_back(nb::cast<std::shared_ptr<Callback>>(core));
  }

  void on_train_begin(const Logs& logs) override { call(0, logs); }
  void on_train_end(const Logs& logs) override { call(1, logs); }
  void on_epoch_begin(int epoch, const Logs& logs) override { call(2, logs, epoch); }
  void on_epoch_end(int epoch, Logs& logs) override {
    if (functions_[3].empty()) return;
    Access::between_steps([&] {
      const nb::dict dict = dict_from(logs);
      for (const nb::object& function : functions_[3]) function(epoch, dict);
      update(logs, dict);
    });
  }
  void on_train_batch_begin(std::int64_t i, const Logs& logs) override { call(4, logs, i); }
  void on_train_batch_end(std::int64_t i, const Logs& logs) override { call(5, logs, i); }
  void on_test_begin(const Logs& logs) override { call(6, logs); }
  void on_test_end(const Logs& logs) override { call(7, logs); }
  void on_test_batch_begin(std::int64_t i, const Logs& logs) override { call(8, logs, i); }
  void on_test_batch_end(std::int64_t i, const Logs& logs) override { call(9, logs, i); }
  void on_predict_begin(const Logs& logs) override { call(10, logs); }
  void on_predict_end(const Logs& logs) override { call(11, logs); }
  void on_predict_batch_begin(std::int64_t i, const Logs& logs) override { call(12, logs, i); }
  void on_predict_batch_end(std::int64_t i, const Logs& logs) override { call(13, logs, i); }
  void on_all_heard() override {
    if (functions_[14].empty()) return;
    Access::between_steps([&] {
      for (const nb::object& function : functions_[14]) function();
    });
  }
  trainers::RunState run_state() const override {
    trainers::RunState state;
    for (std::size_t i = 0; i < cores_.size(); ++i) state.add(std::to_string(i), cores_[i]->run_state());
    return state;
  }
  void set_run_state(const trainers::RunState& state) override {
    for (std::size_t i = 0; i < cores_.size(); ++i) cores_[i]->set_run_state(state.part(std::to_string(i)));
  }
  void on_warning(std::string_view text) override {
    Access::between_steps([&] {
      if (PyErr_WarnEx(PyExc_UserWarning, std::string(text).c_str(), 1) != 0) throw nb::python_error();
    });
  }

 private:
  template <class... Index>
  void call(std::size_t hook, const Logs& logs, Index... index) {
    if (functions_[hook].empty()) return;
    Access::between_steps([&] {
      const nb::dict dict = dict_from(logs);
      for (const nb::object& function : functions_[hook]) function(index..., dict);
    });
  }

  static constexpr std::array<const char*, 15> kNames = {
      "on_train_begin",       "on_train_end",         "on_epoch_begin",
      "on_epoch_end",         "on_train_batch_begin", "on_train_batch_end",
      "on_test_begin",        "on_test_end",          "on_test_batch_begin",
      "on_test_batch_end",    "on_predict_begin",     "on_predict_end",
      "on_predict_batch_begin", "on_predict_batch_end",
      "_on_all_heard"};
  std::array<std::vector<nb::object>, kNames.size()> functions_;
  std::vector<std::shared_ptr<Callback>> cores_;  // of those that are C++'s
};

std::function<void(std::string_view)> writer(nb::object function) {
  // Behind a pointer of its own: the function is copied about without the GIL.
  auto shared = std::shared_ptr<nb::object>(new nb::object(std::move(function)), [](nb::object* o) {
    const nb::gil_scoped_acquire gil;
    delete o;
  });
  return [shared](std::string_view text) {
    Access::between_steps([&] { (*shared)(nb::str(text.data(), text.size())); });
  };
}

/// A Terminal that Python describes.
callbacks::Terminal terminal_from(bool moves, bool color, int columns) {
  return {.moves = moves, .color = color, .columns = columns};
}

// The options of each callback from the arguments of its Python class, in their order.

EarlyStopping::Options early_stopping(std::string monitor, double min_delta, int patience, int verbose, std::string mode,
                                      std::optional<double> baseline, bool restore_best_weights, int start_from_epoch) {
  return {.monitor = std::move(monitor), .min_delta = min_delta, .patience = patience, .verbose = verbose,
          .mode = std::move(mode), .baseline = baseline, .restore_best_weights = restore_best_weights,
          .start_from_epoch = start_from_epoch};
}
ReduceLROnPlateau::Options reduce_lr_on_plateau(std::string monitor, double factor, int patience, int verbose,
                                                std::string mode, double min_delta, int cooldown, double min_lr) {
  return {.monitor = std::move(monitor), .factor = factor, .patience = patience, .verbose = verbose,
          .mode = std::move(mode), .min_delta = min_delta, .cooldown = cooldown, .min_lr = min_lr};
}
CSVLogger::Options csv_logger(std::string filename, std::string separator, bool append) {
  return {.filename = std::move(filename), .separator = std::move(separator), .append = append};
}
LearningRateScheduler::Options learning_rate_scheduler(nb::object schedule, int verbose) {
  auto shared = std::make_shared<nb::object>(std::move(schedule));  // called by Python's hooks: with the GIL
  const auto call = [shared](int epoch, double rate) {
    double next = rate;
    Access::between_steps([&] { next = nb::cast<double>((*shared)(epoch, rate)); });
    return next;
  };
  return {.schedule = call, .verbose = verbose};
}
SwapEMAWeights::Options swap_ema_weights(bool swap_on_epoch) { return {.swap_on_epoch = swap_on_epoch}; }
SaveFreq save_freq(std::optional<std::int64_t> batches) { return batches ? SaveFreq(*batches) : SaveFreq(); }
TensorBoard::Options tensor_board(std::string log_dir, std::int64_t histogram_freq, bool write_graph, bool write_steps_per_second,
                                  std::optional<std::int64_t> update_freq, std::int64_t embeddings_freq,
                                  std::map<std::string, std::string> embeddings_metadata) {
  return {.log_dir = std::move(log_dir), .histogram_freq = histogram_freq, .write_graph = write_graph,
          .write_steps_per_second = write_steps_per_second, .update_freq = save_freq(update_freq),
          .embeddings_freq = embeddings_freq, .embeddings_metadata = std::move(embeddings_metadata)};
}
TerminateOnNaN::Options terminate_on_nan(bool raise_error) { return {.raise_error = raise_error}; }

ModelCheckpoint::Options model_checkpoint(std::string filepath, std::string monitor, int verbose, bool save_best_only,
                                          bool save_weights_only, std::string mode, std::optional<std::int64_t> freq,
                                          std::optional<double> initial_value_threshold) {
  return {.filepath = std::move(filepath), .monitor = std::move(monitor), .verbose = verbose,
          .save_best_only = save_best_only, .save_weights_only = save_weights_only, .mode = std::move(mode),
          .save_freq = save_freq(freq), .initial_value_threshold = initial_value_threshold};
}

/// What Python's class gives before the file is read or written, and finds behind it.
struct OfPython {
  saving::WeightPaths paths;
  bool with_optimizer = true;
  std::vector<Tensor> own;  // generators of seeds, metrics and an optimizer that are Python's
};

class PythonBackup final : public BackupAndRestore {
 public:
  using BackupAndRestore::BackupAndRestore;
  mutable OfPython of_python;

 protected:
  void write(const std::string& path, const trainers::RunState& run) const override {
    trainers::RunState all = run;
    for (std::size_t i = 0; i < of_python.own.size(); ++i) all.set(str("own/", i), of_python.own[i]);
    saving::write_backup(path, saved_model(), of_python.paths, all, of_python.with_optimizer);
  }
  trainers::RunState read(const std::string& path) override {
    trainers::RunState run = saving::read_backup(path, saved_model(), of_python.paths, of_python.with_optimizer);
    const trainers::RunState own = run.part("own");
    while (const Tensor* const array = own.find(str(of_python.own.size()))) of_python.own.push_back(*array);
    return run;
  }

 private:
  models::Model& saved_model() const { return dynamic_cast<models::Model&>(model()); }
};

BackupAndRestore::Options backup_and_restore(std::string backup_dir, std::optional<std::int64_t> freq, bool double_checkpoint,
                                             bool delete_checkpoint) {
  return {.backup_dir = std::move(backup_dir), .save_freq = save_freq(freq), .double_checkpoint = double_checkpoint,
          .delete_checkpoint = delete_checkpoint};
}

template <class Object, class... Args>
auto bind_callback(nb::module_& m, const char* name, typename Object::Options (*options)(Args...)) {
  constexpr auto none_too = [](auto) { return nb::arg().none(); };
  return nb::class_<Object, Callback>(m, name)
      .def("__init__",
           [options](Object* self, Args... args) { new (self) Object(options(std::move(args)...)); },
           none_too(sizeof(Args))...)
      .def("set_options", [options](Object& self, Args... args) { self.set_options(options(std::move(args)...)); },
           none_too(sizeof(Args))...);
}

/// A number of a callback's state, to read and to set.
template <class Object, class State, class Value>
void bind_state(nb::class_<Object, Callback>& bound, const char* name, Value State::*member) {
  bound.def_prop_rw(
      name, [member](const Object& self) { return self.state().*member; },
      [member](Object& self, Value value) {
        State state = self.state();
        state.*member = std::move(value);
        self.set_state(std::move(state));
      },
      nb::arg().none());
}

void bind_model_checkpoint(nb::module_& m) {
  bind_callback<ModelCheckpoint>(m, "ModelCheckpoint", &model_checkpoint)
      .def_prop_rw("best", &ModelCheckpoint::best, &ModelCheckpoint::set_best, nb::arg().none())
      .def_prop_ro("epoch", &ModelCheckpoint::epoch)
      .def("is_due", &ModelCheckpoint::is_due, "batch"_a)
      .def("wants",
           [](ModelCheckpoint& self, int epoch, nb::handle logs, std::string path) {
             bool wants = false;
             Access::within_call([&] { wants = self.wants(epoch, given_logs(logs), path); });
             return wants;
           },
           "epoch"_a, "logs"_a.none(), "path"_a)
      .def("saved", [](ModelCheckpoint& self, int epoch, std::string path) { self.saved(epoch, path); }, "epoch"_a, "path"_a);
}

void bind_backup_and_restore(nb::module_& m) {
  bind_callback<PythonBackup>(m, "BackupAndRestore", &backup_and_restore)
      .def("prepare",
           [](PythonBackup& self, nb::handle paths, bool with_optimizer, nb::handle own) {
             OfPython of_python{.paths = {}, .with_optimizer = with_optimizer, .own = {}};
             if (!paths.is_none()) of_python.paths = paths_from(paths, saving::Form::kApart);
             for (const Tensor& array : tensors_from(nb::borrow(own), "own")) of_python.own.push_back(copy_of(array));
             self.of_python = std::move(of_python);
           },
           "paths"_a.none(), "with_optimizer"_a, "own"_a)
      .def_prop_ro("own", [](const PythonBackup& self) { return arrays_from(self.of_python.own); })
      .def_prop_ro("due", &BackupAndRestore::due)
      .def_prop_ro("current_epoch", &BackupAndRestore::current_epoch)
      .def_prop_ro("last_batch_seen", &BackupAndRestore::last_batch_seen)
      .def("on_all_heard", [](PythonBackup& self) { Access::within_call([&] { self.on_all_heard(); }); });
}

void bind_best_weights(nb::class_<EarlyStopping, Callback>& bound) {
  bound.def_prop_rw(
      "best_weights",
      [](const EarlyStopping& self) -> nb::object {
        const auto& weights = self.state().best_weights;
        return weights ? nb::object(arrays_from(*weights)) : nb::none();
      },
      [](EarlyStopping& self, nb::object weights) {
        EarlyStopping::State state = self.state();
        state.best_weights.reset();
        if (!weights.is_none()) {
          state.best_weights.emplace();
          for (const Tensor& weight : tensors_from(weights, "best_weights"))
            state.best_weights->push_back(copy_of(weight));
        }
        self.set_state(std::move(state));
      },
      nb::arg().none());
}

}  // namespace

std::vector<trainers::CallbackChoice> callbacks_from(nb::dict options) {
  std::vector<trainers::CallbackChoice> choices;
  const nb::dict hooks = nb::cast<nb::dict>(options["hooks"]);
  const nb::object progress = options["progress"];
  // A prediction without callbacks uses all threads.
  if (nb::len(hooks) > 0) choices.emplace_back(std::make_shared<PythonCallbacks>(hooks));
  if (!progress.is_none()) choices.emplace_back(nb::cast<std::shared_ptr<Callback>>(progress));
  return choices;
}

trainers::Write write_from(nb::dict options) {
  const nb::object write = options["write"];
  return write.is_none() ? trainers::Write() : writer(write);
}

void bind_callbacks(nb::module_& m) {
  // For Python's classes around these, which hand their hooks on.
  nb::class_<Callback> callback(m, "Callback");
  callback
      .def("set_model",
           [](Callback& self, BoundModel* model) { self.set_model(model ? &model->model : nullptr); },
           "model"_a.none())
      .def("set_params",
           [](Callback& self, nb::dict params, nb::object write) {
             Params out;
             if (params.contains("verbose")) out.verbose = nb::cast<int>(params["verbose"]);
             if (params.contains("epochs")) out.epochs = nb::cast<int>(params["epochs"]);
             if (params.contains("steps") && !params["steps"].is_none())
               out.steps = nb::cast<std::int64_t>(params["steps"]);
             if (params.contains("validation")) out.validation = nb::cast<bool>(params["validation"]);
             if (!write.is_none()) out.write = writer(write);
             self.set_params(std::move(out));
           },
           "params"_a, "write"_a.none())
      .def("on_epoch_begin", [](Callback& c, int epoch, nb::handle logs) { Access::within_call([&] { c.on_epoch_begin(epoch, given_logs(logs)); }); },
           "epoch"_a, "logs"_a.none())
      .def("on_epoch_end",
           [](Callback& c, int epoch, nb::handle dict) {
             Logs logs = given_logs(dict);
             Access::within_call([&] { c.on_epoch_end(epoch, logs); });
             if (dict.is_none()) return;
             for (const auto& [name, value] : logs) nb::borrow<nb::dict>(dict)[nb::str(name.data(), name.size())] = value;
           },
           "epoch"_a, "logs"_a.none())
      .def("on_train_batch_begin",
           [](Callback& c, std::int64_t batch, nb::handle logs) {
             Access::within_call([&] { c.on_train_batch_begin(batch, given_logs(logs)); });
           },
           "batch"_a, "logs"_a.none())
      .def("on_train_batch_end",
           [](Callback& c, std::int64_t batch, nb::handle logs) {
             Access::within_call([&] { c.on_train_batch_end(batch, given_logs(logs)); });
           },
           "batch"_a, "logs"_a.none());
  using OfRun = void (Callback::*)(const Logs&);
  for (const auto& [name, hook] : std::initializer_list<std::pair<const char*, OfRun>>{
           {"on_train_begin", &Callback::on_train_begin}, {"on_train_end", &Callback::on_train_end},
           {"on_test_begin", &Callback::on_test_begin}, {"on_test_end", &Callback::on_test_end},
           {"on_predict_begin", &Callback::on_predict_begin}, {"on_predict_end", &Callback::on_predict_end}}) {
    callback.def(name,
                 [hook](Callback& c, nb::handle logs) { Access::within_call([&] { (c.*hook)(given_logs(logs)); }); },
                 "logs"_a.none());
  }

  auto stopping = bind_callback<EarlyStopping>(m, "EarlyStopping", &early_stopping);
  bind_state(stopping, "wait", &EarlyStopping::State::wait);
  bind_state(stopping, "stopped_epoch", &EarlyStopping::State::stopped_epoch);
  bind_state(stopping, "best", &EarlyStopping::State::best);
  bind_state(stopping, "best_epoch", &EarlyStopping::State::best_epoch);
  bind_best_weights(stopping);
  auto reducing = bind_callback<ReduceLROnPlateau>(m, "ReduceLROnPlateau", &reduce_lr_on_plateau);
  bind_state(reducing, "wait", &ReduceLROnPlateau::State::wait);
  bind_state(reducing, "best", &ReduceLROnPlateau::State::best);
  bind_state(reducing, "cooldown_counter", &ReduceLROnPlateau::State::cooldown_counter);
  bind_callback<CSVLogger>(m, "CSVLogger", &csv_logger);
  bind_model_checkpoint(m);
  bind_backup_and_restore(m);
  bind_callback<LearningRateScheduler>(m, "LearningRateScheduler", &learning_rate_scheduler);
  bind_callback<SwapEMAWeights>(m, "SwapEMAWeights", &swap_ema_weights);
  bind_callback<TensorBoard>(m, "TensorBoard", &tensor_board);
  bind_callback<TerminateOnNaN>(m, "TerminateOnNaN", &terminate_on_nan);
  nb::class_<ProgbarLogger, Callback>(m, "ProgbarLogger")
      .def("__init__", [](ProgbarLogger* self, nb::object write, bool moves, bool color, int columns) {
        new (self) ProgbarLogger({.terminal = terminal_from(moves, color, columns), .write = writer(std::move(write))});
      });

  nb::class_<Progbar>(m, "Progbar")
      .def("__init__",
           [](Progbar* self, std::optional<std::int64_t> target, int width, int verbose, double interval,
              std::optional<std::vector<std::string>> stateful_metrics,
              std::optional<std::vector<std::string>> stateless_metrics, std::string unit_name, nb::object write, bool moves,
              bool color, int columns) {
             new (self) Progbar({.target = target, .width = width, .verbose = verbose, .interval = interval,
                                 .stateful_metrics = std::move(stateful_metrics),
                                 .stateless_metrics = std::move(stateless_metrics), .unit_name = std::move(unit_name)},
                                {.terminal = terminal_from(moves, color, columns), .write = writer(std::move(write))});
           },
           "target"_a.none(), "width"_a, "verbose"_a, "interval"_a, "stateful_metrics"_a.none(),
           "stateless_metrics"_a.none(), "unit_name"_a, "write"_a,
           "moves"_a, "color"_a, "columns"_a)
      .def("update", &Progbar::update, "current"_a, "values"_a, "finalize"_a.none())
      .def("add", &Progbar::add, "current"_a, "values"_a);
}

}  // namespace keratin::python
