// SPDX-License-Identifier: Apache-2.0
// Values and operations on them: symbolic, recorded on a tape, or with elements alone.
#include "values.h"

#include "access.h"
#include "held.h"
#include "keratin/base/error.h"
#include "keratin/graph/node.h"
#include "keratin/ops/nn/sampled.h"
#include "keratin/ops/ops.h"
#include "keratin/tensor/tensor_access.h"
#include "passes.h"

namespace keratin::python {

Value value_from(nb::handle object, const char* what) {
  if (nb::isinstance<Value>(object)) return nb::cast<Value>(object);
  if (nb::isinstance<Variable>(object)) {
    const auto& variable = nb::cast<const Variable&>(object);
    if (const Pass* const pass = CurrentPass::get()) return pass->value(variable);
    const Access::Shared shared(variable);
    return Value(copy_of(variable.value()));
  }
  return Value(snapshot(masked_tensor_from(object, what)));
}

Values values_from(nb::handle objects, const char* what) {
  Values values;
  for (const nb::handle object : nb::borrow<nb::iterable>(objects)) values.push_back(value_from(object, what));
  return values;
}

nb::object object_from(const Value& value) {
  if (value.is_symbolic() || value.is_recorded() || CurrentPass::get() != nullptr) return nb::cast(value.kept());
  return array_from(value.with_masked_elements());
}

nb::list objects_from(const Values& values) {
  nb::list objects;
  for (const Value& value : values) objects.append(object_from(value));
  return objects;
}

nb::object found_gradient(const Gradients& found, const Variable& variable) {
  const Gradients::Entry* const entry = found.find(variable);
  if (entry == nullptr) return nb::none();
  if (entry->dense) return array_from(copy_of(entry->dense));
  const std::vector<std::int64_t>& ids = entry->rows.ids;
  return nb::make_tuple(array_from(Tensor::from(ids, Shape{static_cast<std::int64_t>(ids.size())})),
                        array_from(copy_of(entry->rows.values)));
}

nb::list kept_from(const Values& values) {
  nb::list objects;
  for (const Value& value : values) objects.append(nb::cast(value.kept()));
  return objects;
}

namespace {

/// What an op reads: floats are float32.
Values operands_from(nb::handle objects) {
  Values values = values_from(objects, "array");
  for (Value& value : values) {
    if (!value.is_symbolic() && value.dtype() == DType::kFloat64) value = Value(cast(value.tensor(), DType::kFloat32));
  }
  return values;
}

/// tf.nn's losses of weights, inputs and maybe biases.
nb::list sampled_loss(std::string_view loss, nb::handle inputs, const Tensor& labels, const Tensor& sampled,
                      const Tensor& of_true, const Tensor& of_sampled, bool remove_accidental_hits) {
  const Inputs given(operands_from(inputs));
  if (given.any_symbolic())
    throw nb::value_error(str("[ops.", loss, "] it draws classes for labels, which a symbolic value has not: use a layer.").c_str());
  const random::SampledCandidates drawn{sampled, cast(of_true, DType::kFloat32), cast(of_sampled, DType::kFloat32)};
  const ops::nn::SampledLossOptions options{.remove_accidental_hits = remove_accidental_hits};
  const auto compute = loss == "nce_loss" ? &ops::nn::nce_loss : &ops::nn::sampled_softmax_loss;
  Values outputs;
  {
    const Released released;
    outputs = compute(given[0], given.size() > 2 ? given[2] : Value(), labels, given[1], drawn, options);
  }
  return kept_from(outputs);
}

nb::list apply(const Op& op, nb::handle inputs, std::string name) {
  const Inputs given(operands_from(inputs));
  if (given.any_symbolic()) return kept_from(leave_node(op, given, std::move(name)));
  Values outputs;
  {
    const Released released;
    outputs = apply_op(op, given.values);
  }
  return kept_from(outputs);
}

/// `outputs`, which Python computed from the values `inputs`, as values. `pullback` takes the slopes of the outputs,
/// None for one that has no part, and returns those of the inputs, None for none.
nb::list differentiable(nb::handle outputs, nb::handle inputs, nb::object pullback) {
  const Values given = operands_from(inputs);
  const Arguments arguments(given.span());
  Result result;
  for (const nb::handle output : nb::borrow<nb::iterable>(outputs))
    result.outputs.push_back(copy_of(cast(tensor_from(output, "result"), DType::kFloat32)));
  if (arguments.wants_any()) {
    result.pullback = [back = Held(std::move(pullback)), count = result.outputs.size(),
                       shapes = [&] {
                         std::vector<Shape> of_inputs;
                         for (const Value& value : given) of_inputs.push_back(value.shape());
                         return of_inputs;
                       }()](Slopes& slopes) {
      const Access::UserFunction here;
      const CurrentPass none(nullptr);
      nb::list of_outputs;
      for (std::size_t i = 0; i < count; ++i) of_outputs.append(array_from(slopes.of(i)));
      const nb::object found = back.get()(of_outputs);
      std::size_t i = 0;
      for (const nb::handle slope : nb::borrow<nb::iterable>(found)) {
        if (i == shapes.size()) break;
        if (!slope.is_none()) {
          Tensor numbers = uninitialized(shapes[i]);
          copy_numbers(slope, shapes[i], numbers.data<float>(), "gradient");
          slopes.add(i, std::move(numbers));
        }
        ++i;
      }
    };
  }
  return kept_from(recorded(std::move(result), arguments));
}

/// A pass that a program of the user's opens, with a tape, or without one, where it is only to be seen what was in it.
/// Threads: the one that made it.
class Recording {
 public:
  Recording(bool training, bool persistent, bool taped)
      : pass_(training, taped ? std::make_shared<Tape>(persistent) : nullptr, MaskPolicy::kKeras3) {}

  void enter() { current_.emplace(&pass_, true); }
  bool is_current() const { return CurrentPass::get() == &pass_; }
  /// Another GradientTape begins here, and shares it. Returns how much was recorded before.
  std::size_t share() {
    pass_.tape->make_persistent();
    return pass_.tape->size();
  }
  void exit() { current_.reset(); }
  void commit() { pass_.commit(); }
  Value watch(const Tensor& x) { return pass_.tape->watch(copy_of(cast(x, DType::kFloat32))); }
  Value value(const Variable& variable) const { return pass_.value(variable); }
  nb::list losses() const { return kept_from(pass_.losses); }

  /// The derivatives of sum(y * slope) by these, `_core.Value` or `_core.Variable`: an array, a pair of ids and rows
  /// of a table, None for what has no part. Ends the tape, unless it is persistent. `since`: how much has no part.
  nb::list gradients(const Value& y, nb::handle slope, nb::handle by, std::size_t since) {
    const Tensor start = slope.is_none() ? Tensor() : cast(tensor_from(slope, "output_gradients"), DType::kFloat32);
    Values values;
    for (const nb::handle source : nb::borrow<nb::iterable>(by)) {
      if (nb::isinstance<Value>(source)) values.push_back(nb::cast<Value>(source));
    }
    const bool is_ours = y.is_symbolic() || y.is_of(*pass_.tape);
    if (!is_ours && y.is_recorded()) throw nb::value_error("[GradientTape] the target is a value that another tape records.");
    Gradients found;
    std::vector<Tensor> slopes;
    {
      const Released released;
      slopes = pass_.tape->slopes(is_ours ? y : y.constant(), start, values.span(), &found, since);
    }
    nb::list result;
    std::size_t next = 0;
    for (const nb::handle source : nb::borrow<nb::iterable>(by)) {
      if (nb::isinstance<Value>(source)) {
        result.append(array_from(copy_of(slopes[next++])));
      } else {
        result.append(found_gradient(found, nb::cast<const Variable&>(source)));
      }
    }
    return result;
  }

 private:
  Pass pass_;
  std::optional<CurrentPass> current_;
};

}  // namespace

void bind_values(nb::module_& m) {
  nb::class_<Value>(m, "Value")
      .def_prop_ro("shape", [](const Value& value) { return tuple_from(value.shape()); })
      .def_prop_ro("dtype", [](const Value& value) { return std::string(to_string(value.dtype())); })
      .def_prop_ro("is_masked", &Value::has_mask)
      .def_prop_ro("is_symbolic", &Value::is_symbolic)
      .def_prop_ro("is_recorded", &Value::is_recorded)
      .def_prop_ro("operation_name", [](const Value& value) { return value.node()->name; })
      .def("mask", [](const Value& value) -> nb::object { return value.has_mask() ? nb::cast(value.mask().kept()) : nb::none(); })
      .def("with_mask", [](const Value& value, nb::handle mask) {
             return value.with_mask(mask.is_none() ? Value() : value_from(mask, "mask"));
           }, "mask"_a.none())
      .def("constant", &Value::constant)
      .def("numpy", [](const Value& value) { return array_from(copy_of(value.tensor())); })
      .def("array", [](const Value& value) { return array_from(value.kept().with_masked_elements()); })
      .def("is_same", &Value::is_same);
  nb::class_<Op>(m, "Op")
      .def_static("deserialize",
                  [](const Config& config) { return std::const_pointer_cast<Op>(ops::deserialize(config)); })
      .def("__call__", &apply, "inputs"_a, "name"_a = "");
  m.def("sampled_loss", &sampled_loss, "loss"_a, "inputs"_a, "labels"_a, "sampled"_a, "of_true"_a, "of_sampled"_a,
        "remove_accidental_hits"_a);
  nb::class_<Recording>(m, "Recording")
      .def(nb::init<bool, bool, bool>(), "training"_a, "persistent"_a = false, "taped"_a = true)
      .def("enter", &Recording::enter)
      .def("exit", &Recording::exit)
      .def("commit", &Recording::commit)
      .def("watch", &Recording::watch)
      .def("value", &Recording::value)
      .def_prop_ro("losses", &Recording::losses)
      .def_prop_ro("is_current", &Recording::is_current)
      .def("share", &Recording::share)
      .def("gradients", &Recording::gradients, "y"_a, "slope"_a.none(), "by"_a, "since"_a = 0);
  m.def("differentiable", &differentiable, "outputs"_a, "inputs"_a, "pullback"_a);
  m.def("value", [](nb::handle object) { return value_from(object, "array").kept(); });
  m.def("operand", [](nb::handle object) -> Value {
    const Value value = value_from(object, "array");
    return !value.is_symbolic() && value.dtype() == DType::kFloat64 ? Value(cast(value.tensor(), DType::kFloat32)) : value;
  });
  m.def("symbolic",
        [](nb::handle shape, std::string_view dtype) {
          const std::vector<Spec> specs = {{shape_from(shape, "shape"), dtype_from_name(dtype)}};
          return Value::symbolic(std::make_shared<Node>(nullptr, Inputs(), specs, "value"), 0);
        },
        "shape"_a, "dtype"_a);
  m.def("losses_of_pass", [] {  // what layers have added so far in the pass that this function is in
    const Pass* const pass = CurrentPass::get();
    return pass == nullptr ? nb::list() : kept_from(pass->losses);
  });
  m.def("is_by_hand", [] { return CurrentPass::is_by_hand(); });
  m.def("in_pass", [] { return CurrentPass::get() != nullptr; });
  m.def("is_training", [] { return CurrentPass::get() != nullptr && CurrentPass::get()->training; });
  m.def("is_recording", [] { return CurrentPass::get() != nullptr && CurrentPass::get()->tape != nullptr; });
}

}  // namespace keratin::python
