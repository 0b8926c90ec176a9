// SPDX-License-Identifier: Apache-2.0
#include "callbacks.h"

#include <array>

#include "keratin/callbacks/callbacks.h"
#include "models.h"

namespace keratin::python {
namespace {

using callbacks::Callback;

nb::dict dict_from(const Logs& logs) {
  nb::dict dict;
  for (const auto& [name, value] : logs) dict[nb::str(name.data(), name.size())] = value;
  return dict;
}

/// What a Python callback left in its dict. Values that are no numbers are Python's alone.
void update(Logs& logs, const nb::dict& dict) {
  for (const auto& [name, value] : dict) {
    if (!nb::isinstance<nb::str>(name)) continue;
    const double number = PyFloat_AsDouble(value.ptr());
    if (number == -1.0 && PyErr_Occurred() != nullptr) {
      PyErr_Clear();
      continue;
    }
    logs.set(nb::cast<std::string_view>(name), number);
  }
}

Logs logs_from(nb::handle dict) {
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
  }

  void on_train_begin(const Logs& logs) override { call(0, logs); }
  void on_train_end(const Logs& logs) override { call(1, logs); }
  void on_epoch_begin(int epoch, const Logs& logs) override { call(2, logs, epoch); }
  void on_epoch_end(int epoch, Logs& logs) override {
    if (functions_[3].empty()) return;
    const nb::gil_scoped_acquire gil;
    const nb::dict dict = dict_from(logs);
    for (const nb::object& function : functions_[3]) function(epoch, dict);
    update(logs, dict);
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
  void on_warning(std::string_view text) override {
    const nb::gil_scoped_acquire gil;
    if (PyErr_WarnEx(PyExc_UserWarning, std::string(text).c_str(), 1) != 0) throw nb::python_error();
  }

 private:
  template <class... Index>
  void call(std::size_t hook, const Logs& logs, Index... index) {
    if (functions_[hook].empty()) return;
    const nb::gil_scoped_acquire gil;
    const nb::dict dict = dict_from(logs);
    for (const nb::object& function : functions_[hook]) function(index..., dict);
  }

  static constexpr std::array<const char*, 14> kNames = {
      "on_train_begin",       "on_train_end",         "on_epoch_begin",
      "on_epoch_end",         "on_train_batch_begin", "on_train_batch_end",
      "on_test_begin",        "on_test_end",          "on_test_batch_begin",
      "on_test_batch_end",    "on_predict_begin",     "on_predict_end",
      "on_predict_batch_begin", "on_predict_batch_end"};
  std::array<std::vector<nb::object>, kNames.size()> functions_;
};

std::function<void(std::string_view)> writer(nb::object function) {
  // Behind a pointer of its own: the function is copied about without the GIL.
  auto shared = std::shared_ptr<nb::object>(new nb::object(std::move(function)), [](nb::object* o) {
    const nb::gil_scoped_acquire gil;
    delete o;
  });
  return [shared](std::string_view text) {
    const nb::gil_scoped_acquire gil;
    (*shared)(nb::str(text.data(), text.size()));
  };
}

/// A Terminal that Python describes.
callbacks::Terminal terminal_from(bool moves, bool color, int columns) {
  return {.moves = moves, .color = color, .columns = columns};
}

template <class Object>
auto bind_callback(nb::module_& m, const char* name) {
  return nb::class_<Object, Callback>(m, name);
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
  using namespace callbacks;
  // For Python's classes around these, which hand their hooks on.
  nb::class_<Callback>(m, "Callback")
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
      .def("on_train_begin", [](Callback& c, nb::handle logs) { c.on_train_begin(logs_from(logs)); }, "logs"_a.none())
      .def("on_train_end", [](Callback& c, nb::handle logs) { c.on_train_end(logs_from(logs)); }, "logs"_a.none())
      .def("on_epoch_begin", [](Callback& c, int epoch, nb::handle logs) { c.on_epoch_begin(epoch, logs_from(logs)); },
           "epoch"_a, "logs"_a.none())
      .def("on_epoch_end",
           [](Callback& c, int epoch, nb::handle dict) {
             Logs logs = logs_from(dict);
             c.on_epoch_end(epoch, logs);
             if (dict.is_none()) return;
             for (const auto& [name, value] : logs) nb::borrow<nb::dict>(dict)[nb::str(name.data(), name.size())] = value;
           },
           "epoch"_a, "logs"_a.none())
      .def("on_train_batch_end",
           [](Callback& c, std::int64_t batch, nb::handle logs) { c.on_train_batch_end(batch, logs_from(logs)); },
           "batch"_a, "logs"_a.none());

  bind_callback<EarlyStopping>(m, "EarlyStopping")
      .def("__init__",
           [](EarlyStopping* self, std::string monitor, double min_delta, int patience, int verbose, std::string mode,
              std::optional<double> baseline, bool restore_best_weights, int start_from_epoch) {
             new (self) EarlyStopping({.monitor = std::move(monitor), .min_delta = min_delta, .patience = patience,
                                       .verbose = verbose, .mode = std::move(mode), .baseline = baseline,
                                       .restore_best_weights = restore_best_weights, .start_from_epoch = start_from_epoch});
           },
           "monitor"_a, "min_delta"_a, "patience"_a, "verbose"_a, "mode"_a, "baseline"_a.none(), "restore_best_weights"_a,
           "start_from_epoch"_a)
      .def_prop_ro("stopped_epoch", &EarlyStopping::stopped_epoch)
      .def_prop_ro("best", &EarlyStopping::best)
      .def_prop_ro("best_epoch", &EarlyStopping::best_epoch);
  bind_callback<ReduceLROnPlateau>(m, "ReduceLROnPlateau")
      .def("__init__",
           [](ReduceLROnPlateau* self, std::string monitor, double factor, int patience, int verbose, std::string mode,
              double min_delta, int cooldown, double min_lr) {
             new (self) ReduceLROnPlateau({.monitor = std::move(monitor), .factor = factor, .patience = patience,
                                           .verbose = verbose, .mode = std::move(mode), .min_delta = min_delta,
                                           .cooldown = cooldown, .min_lr = min_lr});
           })
      .def_prop_ro("best", &ReduceLROnPlateau::best);
  bind_callback<CSVLogger>(m, "CSVLogger")
      .def("__init__", [](CSVLogger* self, std::string filename, std::string separator, bool append) {
        new (self) CSVLogger({.filename = std::move(filename), .separator = std::move(separator), .append = append});
      });
  bind_callback<LearningRateScheduler>(m, "LearningRateScheduler")
      .def("__init__", [](LearningRateScheduler* self, nb::object schedule, int verbose) {
        auto shared = std::make_shared<nb::object>(std::move(schedule));  // called by Python's hooks: with the GIL
        new (self) LearningRateScheduler({.schedule = [shared](int epoch, double rate) { return nb::cast<double>((*shared)(epoch, rate)); },
                                          .verbose = verbose});
      });
  bind_callback<TerminateOnNaN>(m, "TerminateOnNaN")
      .def("__init__", [](TerminateOnNaN* self, bool raise_error) { new (self) TerminateOnNaN({.raise_error = raise_error}); });
  bind_callback<ProgbarLogger>(m, "ProgbarLogger")
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
      .def("add", &Progbar::add);
}

}  // namespace keratin::python
