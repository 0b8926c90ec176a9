// SPDX-License-Identifier: Apache-2.0
// compile, fit, evaluate, predict and their batch forms.
#include "keratin/trainers/trainer.h"

#include <functional>
#include <map>
#include <tuple>

#include <nanobind/stl/tuple.h>

#include "callbacks.h"
#include "held.h"
#include "interrupts.h"
#include "keratin/base/error.h"
#include "keratin/tensor/tensor_access.h"
#include "models.h"
#include "passes.h"
#include "values.h"

namespace keratin::python {
namespace {

using namespace trainers;

/// A Python object that gives batches: `begin_pass()`, `next_batch()` (a tuple of x, y and
/// sample_weight, or None at the end) and `num_batches` (keratin/trainers/batches.py).
class PythonSource final : public BatchSource {
 public:
  explicit PythonSource(nb::object source)
      : source_(std::move(source)),
        num_batches_(nb::cast<std::optional<std::int64_t>>(source_.attr("num_batches"))) {}

  bool begin_pass() override {
    bool begins = false;
    Access::between_steps([&] { begins = nb::cast<bool>(source_.attr("begin_pass")()); });
    return begins;
  }
  bool next(Batch& batch) override {
    bool has = false;
    Access::between_steps([&] {
      const nb::object given = source_.attr("next_batch")();
      has = !given.is_none();
      if (!has) return;
      batch = {several_from(given[0], "x", data_from), several_from(given[1], "y"), several_from(given[2], "sample_weight")};
    });
    return has;
  }
  std::optional<std::int64_t> num_batches() const override { return num_batches_; }
  void go_to(const SourcePosition& position) override {
    bool has = true;
    Access::between_steps([&] {
      has = nb::cast<bool>(source_.attr("go_to")(position.passes, position.of_pass, position.batches, position.in_pass));
    });
    if (has) return;
    invalid_argument("fit", "the run that is taken up again had ", position.batches,
                     " batches, and the data have fewer: they are others.");
  }

 private:
  nb::object source_;
  std::optional<std::int64_t> num_batches_;
};

bool is_source(nb::handle data) {
  static const nb::handle name = nb::str("next_batch").release();
  return nb::hasattr(data, name);
}

/// Null for arrays.
std::shared_ptr<PythonSource> source_from(nb::handle data) {
  return is_source(data) ? std::make_shared<PythonSource>(nb::borrow(data)) : nullptr;
}

std::map<std::int64_t, double> class_weight_from(nb::handle class_weight) {
  std::map<std::int64_t, double> weights;
  if (class_weight.is_none()) return weights;
  if (!nb::isinstance<nb::dict>(class_weight)) throw nb::type_error("class_weight must be a dict from classes to weights.");
  each_item(class_weight, [&](nb::handle label, nb::handle weight) {
    const double value = PyFloat_AsDouble(weight.ptr());
    if (value == -1.0 && PyErr_Occurred() != nullptr) {
      PyErr_Clear();
      throw nb::type_error(bounded(str("class_weight must have numbers as weights. Received: ", shown(weight), " for class ",
                                       shown(label))).c_str());
    }
    weights[integer_from(label, "a class in class_weight")] = value;
  });
  return weights;
}

nb::dict dict_from(const Logs& logs) {
  nb::dict dict;
  for (const auto& [name, value] : logs) dict[nb::str(name.data(), name.size())] = value;
  return dict;
}

std::optional<std::int64_t> integer_or_none(nb::handle value, const char* name) {
  return value.is_none() ? std::nullopt : std::optional(integer_from(value, name));
}

std::optional<std::int64_t> optional_integer(nb::handle options, const char* name) {
  return integer_or_none(nb::object(options[name]), name);
}

int small_integer(nb::handle options, const char* name) {
  return small_integer_from(nb::object(options[name]), name);
}

/// Who looks on while fit, evaluate and predict run. `options` is the dict that callbacks/run.py makes.
template <class Options>
void read_run(nb::dict options, Options& out) {
  out.verbose = small_integer(options, "verbose");
  out.callbacks = callbacks_from(options);
  out.write = write_from(options);
}

/// What fit and evaluate share.
template <class Options>
void read_common(nb::dict options, Options& out) {
  out.batch_size = optional_integer(options, "batch_size").value_or(32);
  read_run(options, out);
}

FitOptions fit_options(nb::dict options) {
  FitOptions out;
  read_common(options, out);
  out.epochs = small_integer(options, "epochs");
  out.validation_split = nb::cast<double>(options["validation_split"]);
  out.shuffle = nb::cast<bool>(options["shuffle"]);
  out.class_weight = class_weight_from(options["class_weight"]);
  out.sample_weight = several_from(options["sample_weight"], "sample_weight");
  out.initial_epoch = small_integer(options, "initial_epoch");
  out.steps_per_epoch = optional_integer(options, "steps_per_epoch");
  out.validation_steps = optional_integer(options, "validation_steps");
  out.validation_batch_size = optional_integer(options, "validation_batch_size");
  const nb::object freq = options["validation_freq"];  // a number, or a list of epochs
  out.validation_freq = nb::isinstance<nb::list>(freq) ? ValidationFreq(nb::cast<std::vector<int>>(freq))
                                                       : ValidationFreq(small_integer(options, "validation_freq"));
  const nb::object validation = options["validation_data"];
  if (is_source(validation)) {
    out.validation_data = ValidationData{.source = std::make_shared<PythonSource>(validation)};
  } else if (!validation.is_none()) {
    out.validation_data = ValidationData{
        .x = several_from(validation[0], "validation_data", data_from),
        .y = several_from(validation[1], "validation_data"),
        .sample_weight = several_from(validation[2], "validation_data"),
    };
  }
  return out;
}

void fit(BoundModel& self, nb::object x, nb::handle y, nb::dict given) {
  FitOptions options = fit_options(given);
  Interrupts interrupts;
  options.between_batches = std::ref(interrupts);
  const auto source = source_from(x);
  const Tensors x_tensors = source ? Tensors() : several_from(x, "x", data_from);
  const Tensors y_tensors = source ? Tensors() : several_from(y, "y");
  Access::Alone alone(Access::kWithoutGil, self);
  options.when_idle = [&alone] { alone.let_readers_in(); };
  if (source) {
    self.model.fit(source, options);
  } else {
    self.model.fit(x_tensors, y_tensors, options);
  }
}

nb::dict evaluate(BoundModel& self, nb::object x, nb::handle y, nb::dict given) {
  EvaluateOptions options;
  read_common(given, options);
  options.sample_weight = several_from(given["sample_weight"], "sample_weight");
  options.steps = optional_integer(given, "steps");
  Interrupts interrupts;
  options.between_batches = std::ref(interrupts);
  const auto source = source_from(x);
  const Tensors x_tensors = source ? Tensors() : several_from(x, "x", data_from);
  const Tensors y_tensors = source ? Tensors() : several_from(y, "y");
  Logs logs;
  {
    Access::Alone alone(Access::kWithoutGil, self);
    options.when_idle = [&alone] { alone.let_readers_in(); };
    logs = source ? self.model.evaluate(source, options) : self.model.evaluate(x_tensors, y_tensors, options);
  }
  return dict_from(logs);
}

/// A list with an array an output. `run`: None where nobody looks on.
nb::list predict(BoundModel& self, nb::object x, nb::handle batch_size, nb::handle steps, nb::handle run) {
  PredictOptions options{.batch_size = integer_or_none(batch_size, "batch_size").value_or(32),
                         .steps = integer_or_none(steps, "steps")};
  if (!run.is_none()) read_run(nb::borrow<nb::dict>(run), options);
  Interrupts interrupts;
  options.between_batches = std::ref(interrupts);
  const auto source = source_from(x);
  const Tensors tensors = source ? Tensors() : several_from(x, "x", data_from);
  Tensors outputs;
  {
    const Access::Either claim(Access::kWithoutGil, !self.model.built() || self.model.keeps_state(), self);
    outputs = source ? self.model.predict(source, options) : self.model.predict(tensors, options);
  }
  return arrays_from(std::vector<Tensor>(outputs.begin(), outputs.end()));
}

nb::list predict_on_batch(BoundModel& self, nb::handle x) {
  const Tensors tensors = several_from(x, "x", data_from);
  Tensors outputs;
  {
    const Access::Either claim(Access::kWithoutGil, !self.model.built() || self.model.keeps_state(), self);
    const Interruptible here;
    outputs = self.model.predict_on_batch(tensors);
  }
  return arrays_from(std::vector<Tensor>(outputs.begin(), outputs.end()));
}

using OnBatch = Logs (Trainer::*)(const Tensors&, const Tensors&, const BatchOptions&);

template <OnBatch method>
nb::dict on_batch(BoundModel& self, nb::handle x, nb::handle y, nb::handle sample_weight,
                  nb::handle class_weight) {
  const Tensors x_tensors = several_from(x, "x", data_from);
  const Tensors y_tensors = several_from(y, "y");
  const BatchOptions options{.sample_weight = several_from(sample_weight, "sample_weight"),
                             .class_weight = class_weight_from(class_weight)};
  Logs logs;
  {
    const Access::Alone alone(Access::kWithoutGil, self);
    const Interruptible here;
    logs = (self.model.*method)(x_tensors, y_tensors, options);
  }
  return dict_from(logs);
}

Tensor call(BoundModel& self, nb::handle x, bool training, nb::handle mask) {
  const bool is_several = nb::isinstance<nb::tuple>(x) || nb::isinstance<nb::dict>(x);
  Tensor tensor = snapshot(is_several ? several_from(x, "inputs", data_from).one() : masked_tensor_from(x, "x"));
  if (!tensor) throw nb::type_error("[Sequential] a model is called with an array. Received: None");
  if (!mask.is_none()) tensor = tensor.with_mask(cast(tensor_from(mask, "mask"), DType::kBool));
  const Access::Either claim(Access::kWithoutGil, training || !self.model.built() || self.model.keeps_state(), self);
  const Interruptible here;
  const CalledByHand by_hand;
  return self.model(tensor, {.training = training});
}

/// The compiled losses of these predictions, and those of layers, in the current pass or one without a tape.
Value compute_loss(BoundModel& self, nb::handle y, nb::handle y_pred, nb::handle sample_weight) {
  const Tensors y_tensors = several_from(y, "y");
  const Tensors weights = several_from(sample_weight, "sample_weight");
  const Values predictions = values_from(y_pred, "y_pred");
  Pass none;
  Pass& pass = CurrentPass::get() == nullptr ? none : *CurrentPass::get();
  const Access::Alone alone(Access::kWithoutGil, self);
  return self.model.compute_loss(y_tensors, predictions, weights, pass).kept();
}

nb::dict compute_metrics(BoundModel& self, nb::handle y, nb::handle y_pred, nb::handle sample_weight) {
  const Tensors y_tensors = several_from(y, "y");
  const Tensors weights = several_from(sample_weight, "sample_weight");
  const Values predictions = values_from(y_pred, "y_pred");
  Logs logs;
  {
    const Access::Alone alone(Access::kWithoutGil, self);
    logs = self.model.compute_metrics(y_tensors, predictions, weights);
  }
  return dict_from(logs);
}

/// `kept`: the bound object of a choice that is no name.
template <class Choice, class Object>
Choice choice_from(nb::handle choice, nb::list& kept) {
  if (nb::isinstance<nb::str>(choice)) return Choice(nb::cast<std::string>(choice));
  const nb::object core = choice.attr("_core");
  kept.append(core);
  return Choice(shared_of<Object>(core));
}

/// What is said of all outputs, a tuple of what is said of each, or a dict by their names. `read` makes one.
template <class Option, class T, class Read>
Option per_output(nb::handle given, Read&& read) {
  if (nb::isinstance<nb::dict>(given)) {
    std::vector<std::pair<std::string, T>> named;
    for (const auto& [name, entry] : nb::borrow<nb::dict>(given))
      named.emplace_back(nb::cast<std::string>(name), read(entry));
    return Option(std::move(named));
  }
  if (!nb::isinstance<nb::tuple>(given)) return Option(read(given));
  std::vector<T> list;
  for (const nb::handle entry : nb::borrow<nb::tuple>(given)) list.push_back(read(entry));
  return Option(std::move(list));
}

LossChoices losses_from(nb::handle loss, nb::list& kept) {
  if (loss.is_none()) return {};
  return per_output<LossChoices, LossChoice>(loss, [&](nb::handle one) {
    return one.is_none() ? LossChoice() : choice_from<LossChoice, losses::Loss>(one, kept);
  });
}

PerOutput<double> loss_weights_from(nb::handle weights) {
  if (weights.is_none()) return {};
  return per_output<PerOutput<double>, double>(weights, [](nb::handle one) { return nb::cast<double>(one); });
}

/// `objects`, `kept`: where those that were not given by name go too.
MetricChoices metrics_from(nb::handle metrics, std::vector<std::shared_ptr<metrics::Metric>>& objects,
                           nb::list& kept) {
  return per_output<MetricChoices, std::vector<MetricChoice>>(metrics, [&](nb::handle list) {
    std::vector<MetricChoice> choices;
    for (const nb::handle metric : nb::borrow<nb::iterable>(list)) {
      if (nb::isinstance<nb::str>(metric)) {
        choices.emplace_back(nb::cast<std::string>(metric));
      } else {
        kept.append(metric.attr("_core"));
        objects.push_back(shared_of<metrics::Metric>(kept[nb::len(kept) - 1]));
        choices.emplace_back(objects.back());
      }
    }
    return choices;
  });
}

/// The bound object of losses that `function(y_true, y_pred, sample_weight)`, of lists, gives as a list: of each of
/// `losses`, (name, outputs, weight).
nb::object joint_losses(nb::object function, const std::vector<std::tuple<std::string, std::vector<std::size_t>, double>>& losses) {
  return linked(std::move(function), [&](Held held) {
    auto joint = std::make_shared<JointLosses>();
    for (const auto& [name, outputs, weight] : losses) joint->losses.push_back({name, outputs, weight});
    joint->of_batch = [held = std::move(held)](const Tensors& y_true, const Values& y_pred, const Tensors& sample_weight,
                                               Pass& pass) {
      const Access::UserFunction here;
      const CurrentPass current(&pass);
      return values_from(held.get()(list_of(y_true), kept_from(y_pred), list_of(sample_weight)), "loss");
    };
    return joint;
  });
}

void compile(nb::handle bound, nb::handle optimizer, nb::handle loss, nb::handle loss_weights, nb::handle metrics,
             nb::handle weighted_metrics, nb::handle joint) {
  auto& self = nb::cast<BoundModel&>(bound);
  nb::list kept;
  CompileOptions options{  // from the start: the default one would use up a name
      .optimizer = choice_from<Identifier<optimizers::Optimizer>, optimizers::Optimizer>(optimizer, kept)};
  options.loss = losses_from(loss, kept);
  options.loss_weights = loss_weights_from(loss_weights);
  if (!joint.is_none()) {
    kept.append(joint);
    options.joint_losses = shared_of<JointLosses>(joint);
  }
  std::vector<std::shared_ptr<metrics::Metric>> objects;
  options.metrics = metrics_from(metrics, objects, kept);
  options.weighted_metrics = metrics_from(weighted_metrics, objects, kept);
  const Access::Alone alone(self, *options.optimizer, objects);
  self.model.compile(std::move(options));
  self.metrics = std::move(objects);
  bound.attr("_kept") = kept;
}

}  // namespace

void bind_trainer(nb::module_& m, nb::class_<BoundModel>& model) {
  nb::class_<JointLosses>(m, "JointLosses", nb::dynamic_attr());
  m.def("joint_losses", &joint_losses, "function"_a, "losses"_a);
  model.def("compile", &compile, "optimizer"_a, "loss"_a.none(), "loss_weights"_a.none(), "metrics"_a, "weighted_metrics"_a,
            "joint_losses"_a.none())
      .def_prop_ro("compiled", [](const BoundModel& self) { return self.model.compiled(); })
      .def("fit", &fit, "x"_a.none(), "y"_a.none(), "options"_a)
      .def("evaluate", &evaluate, "x"_a.none(), "y"_a.none(), "options"_a)
      .def("predict", &predict, "x"_a.none(), "batch_size"_a.none(), "steps"_a.none(), "run"_a.none())
      .def("train_on_batch", &on_batch<&Trainer::train_on_batch>, "x"_a.none(), "y"_a.none(),
           "sample_weight"_a.none(), "class_weight"_a.none())
      .def("test_on_batch", &on_batch<&Trainer::test_on_batch>, "x"_a.none(), "y"_a.none(),
           "sample_weight"_a.none(), "class_weight"_a.none())
      .def("predict_on_batch", &predict_on_batch, "x"_a.none())
      .def("compute_loss", &compute_loss, "y"_a.none(), "y_pred"_a, "sample_weight"_a.none())
      .def("compute_metrics", &compute_metrics, "y"_a.none(), "y_pred"_a, "sample_weight"_a.none())
      .def("__call__", &call, "x"_a.none(), "training"_a, "mask"_a.none())
      .def_prop_rw(
          "stop_training", [](const BoundModel& self) { return self.model.stop_training; },
          [](BoundModel& self, bool stop) { self.model.stop_training = stop; })
      .def_prop_ro("metrics_names",
                   [](const BoundModel& self) { return self.model.metrics_names(); })
      .def("reset_metrics",
           [](BoundModel& self) {
             const Access::Alone alone(self);
             self.model.reset_metrics();
           })
      .def_prop_ro("losses", [](const BoundModel& self) {
                     const Access::Shared shared(self);
                     return self.model.losses();
                   })
      .def("get_weights",
           [](BoundModel& self) {
             std::vector<Tensor> weights;
             {
               const Access::Alone alone(Access::kWithoutGil, self);
               weights = self.model.get_weights();
             }
             return arrays_from(weights);
           })
      .def("set_weights",
           [](BoundModel& self, nb::handle weights) {
             const std::vector<Tensor> tensors = tensors_from(weights, "weights");
             const Access::Alone alone(Access::kWithoutGil, self);
             self.model.set_weights(tensors);
           },
           "weights"_a.none())
      .def("get_optimizer_weights",
           [](BoundModel& self) {
             const Access::Alone alone(self);
             optimizers::Optimizer& optimizer = self.model.optimizer();
             return arrays_from(optimizer.built() ? optimizer.get_weights() : std::vector<Tensor>());
           })
      .def("set_optimizer_weights", [](BoundModel& self, nb::handle weights) {
        const std::vector<Tensor> tensors = tensors_from(weights, "weights");
        const Access::Alone alone(self);
        optimizers::Optimizer& optimizer = self.model.optimizer();
        optimizer.build(self.model.trainable_variables());
        optimizer.set_weights(tensors);
      });
}

}  // namespace keratin::python
