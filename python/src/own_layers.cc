// SPDX-License-Identifier: Apache-2.0
#include "own_cell.h"

#include "bindings.h"
#include "keratin/base/auto_name.h"
#include "keratin/base/error.h"
#include "keratin/graph/node.h"
#include "keratin/graph/shapes_alone.h"
#include "keratin/tensor/tensor_access.h"
#include "moved_seeds.h"

namespace keratin::python {
namespace {

using layers::Layer;

OwnLayer& own(Layer& layer) {
  auto* const found = dynamic_cast<OwnLayer*>(&layer);
  if (found == nullptr) throw nb::type_error("only a layer of one's own takes weights and parts");
  return *found;
}

std::vector<Spec> specs_from(nb::handle specs) {
  std::vector<Spec> result;
  for (const nb::handle spec : nb::borrow<nb::iterable>(specs)) {
    const auto& value = nb::cast<const Value&>(spec);
    result.push_back({value.shape(), value.dtype()});
  }
  return result;
}

/// A layer called on symbolic values, of which Python knows what it gives.
nb::list leave(Layer& layer, nb::handle inputs, const Config& options, nb::handle outputs) {
  const std::shared_ptr<const Operation> shared = layer.weak_from_this().lock();
  const auto node = std::make_shared<Node>(shared, Inputs(values_from(inputs, "inputs"), {}, options),
                                           specs_from(outputs), layer.name());
  Values values;
  for (std::size_t i = 0; i < node->outputs.size(); ++i)
    values.push_back(Value::symbolic(node, static_cast<std::int32_t>(i)));
  return kept_from(values);
}

/// A call of the user's on a layer, from outside of any pass: `function()`, which calls the layer, is given one.
nb::object in_pass_of(Layer& layer, nb::callable function, bool training) {
  const Access::Either claim(training || !layer.built(), layer);
  const Access::UserFunction here;
  const SeedsOfStep seeds;
  Pass pass(training, nullptr, MaskPolicy::kKeras3);
  const CurrentPass current(&pass, true);
  nb::object result = own(layer).within(std::move(function));
  pass.commit();
  return result;
}

void add_loss(nb::handle loss) {
  Pass* const pass = CurrentPass::get();
  if (pass == nullptr) throw nb::value_error("add_loss is for what runs within a call of a layer or model.");
  const Value value = value_from(loss, "loss");
  if (value.is_symbolic()) return;  // what is traced for its shape has no loss yet
  if (value.shape().size() != 1) {
    throw nb::value_error(str("[add_loss] a loss must be one number. Received: an array of shape ", value.shape()).c_str());
  }
  pass->add_loss(value);
}

/// `function()` with `training` in place of what is around it; None: as it is around.
nb::object with_training(nb::callable function, std::optional<bool> training) {
  Pass* const pass = CurrentPass::get();
  if (pass == nullptr) return function();
  const TrainingHere here(*pass, training);
  return function();
}

/// Whether this thread is in such a pass, so that a metric counts nothing.
thread_local bool is_traced = false;

/// `function()` in a pass that nothing comes of: to see shapes. `recorded`: what it is given has elements, which nobody
/// may look at.
nb::object traced(Layer& layer, nb::callable function, bool recorded) {
  Pass pass(false, recorded ? std::make_shared<Tape>() : nullptr, MaskPolicy::kKeras3);
  const CurrentPass current(&pass);
  const ShapesAlone alone;
  struct Within {
    Within() : outer(std::exchange(is_traced, true)) {}
    ~Within() { is_traced = outer; }
    bool outer;
  } const within;
  return own(layer).within(std::move(function));
}

}  // namespace

void bind_own_layers(nb::module_& m) {
  m.def("own_layer",
        [](nb::object object, std::string class_name, std::optional<std::string> name, bool trainable) {
          return linked(std::move(object), [&](Held held) -> std::shared_ptr<Layer> {
            return std::make_shared<OwnCell>(
                std::move(held),
                layers::LayerOptions{.class_name = std::move(class_name), .name = std::move(name), .trainable = trainable});
          });
        },
        "object"_a, "class_name"_a, "name"_a.none(), "trainable"_a);
  m.def("track", [](Layer& layer, std::shared_ptr<Variable> weight) { own(layer).track(std::move(weight)); });
  m.def("set_parts", [](Layer& layer, nb::handle parts) {
    std::vector<std::shared_ptr<Layer>> all;
    for (const nb::handle part : nb::borrow<nb::iterable>(parts)) all.push_back(shared_of<Layer>(part));
    own(layer).set_parts(std::move(all));
  });
  m.def("build_now", [](Layer& layer, nb::handle values) {
    std::vector<Spec> specs = specs_from(values);
    const Access::Alone alone(layer);
    const Released released;  // another thread may be building, with functions of Python's
    own(layer).build_now(std::move(specs));
  });
  m.def("take_as_built", [](Layer& layer, nb::handle shapes) {
    std::vector<Shape> all;
    for (const nb::handle shape : nb::borrow<nb::iterable>(shapes)) all.push_back(shape_from(shape, "input_shape"));
    own(layer).take_as_built(std::move(all));
  });
  m.def("leave", &leave, "layer"_a, "inputs"_a, "options"_a, "outputs"_a);
  m.def("in_pass_of", &in_pass_of, "layer"_a, "function"_a, "training"_a);
  m.def("traced", &traced, "layer"_a, "function"_a, "recorded"_a = false);
  m.def("is_traced", [] { return is_traced; });
  m.def("watch", [](const Tensor& x) {
    Pass* const pass = CurrentPass::get();
    if (pass == nullptr || !pass->tape || x.dtype() != DType::kFloat32) return Value(copy_of(x));
    return pass->tape->watch(copy_of(x));
  });
  m.def("with_training", &with_training, "function"_a, "training"_a.none());
  m.def("add_loss", &add_loss, "loss"_a);
  m.def("update", [](Variable& variable, const Tensor& value) {
    Pass* const pass = CurrentPass::get();
    if (pass == nullptr) return false;
    pass->update(variable, value);
    return true;
  });
  m.def("plain", [](const Config& config) { return config; }, "config"_a);  // of a depth that can be gone through
}

}  // namespace keratin::python
