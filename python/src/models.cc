// SPDX-License-Identifier: Apache-2.0
// Models: their layers and shapes. What trains it is in trainers.cc.
#include "models.h"

#include "interrupts.h"
#include "own_models.h"
#include "values.h"

#include "keratin/base/error.h"
#include "keratin/formats/json.h"
#include "keratin/models/graph_calls.h"

namespace keratin::python {
namespace {

MaskPolicy policy_from(std::string_view name) {
  if (const auto policy = models::mask_policy_from(name)) return *policy;
  invalid_argument("Sequential", "mask_policy must be 'strict', 'keras3' or 'keras2'. Received: '",
                   name, "'");
}

models::Sequential& sequential(const BoundModel& self) { return dynamic_cast<models::Sequential&>(self.model); }

std::string summary(const BoundModel& self, std::optional<int> line_length, std::vector<double> positions,
                    bool expand_nested, bool show_trainable,
                    std::optional<std::pair<std::string, std::string>> layer_range) {
  models::SummaryOptions options{.positions = std::move(positions),
                                 .expand_nested = expand_nested,
                                 .show_trainable = show_trainable,
                                 .layer_range = std::move(layer_range)};
  if (line_length) options.line_length = *line_length;
  const Access::Shared shared(self);
  return self.model.summary(options);
}

/// The shape of the one input, or output. A model whose class a user wrote from Model has none.
nb::object shape_of(const BoundModel& self, Shape (models::Functional::*of_graph)() const,
                    Shape (models::Sequential::*of_list)() const) {
  if (const auto* const graph = dynamic_cast<const models::Functional*>(&self.model)) return tuple_from((graph->*of_graph)());
  if (const auto* const list = dynamic_cast<const models::Sequential*>(&self.model)) return tuple_from((list->*of_list)());
  throw nb::attribute_error("a model whose `call` is a function of yours has no defined input or output shape.");
}

void bind_sequential(nb::module_& m) {
  nb::class_<BoundModel> type = nb::borrow<nb::class_<BoundModel>>(m.attr("Model"));
  m.def("sequential",
        [](std::optional<std::string> name, std::string_view mask_policy, nb::handle steps) {
          return bound_with_steps<models::Sequential>(
              steps, models::SequentialOptions{.name = std::move(name), .mask_policy = policy_from(mask_policy)});
        },
        "name"_a.none(), "mask_policy"_a, "steps"_a.none());
  type.def("add",
           [](BoundModel& self, nb::handle bound) {
             std::shared_ptr<layers::Layer> layer = shared_of<layers::Layer>(bound);
             // The model itself, not each layer that is in it already: n layers are added in n steps.
             const Access::Alone alone(static_cast<const void*>(self.shared.get()), layer);
             const ReleasedInterruptible released;  // a layer may draw its weights here
             sequential(self).add(std::move(layer));
           })
      .def("pop",
           [](BoundModel& self) {
             const Access::Alone alone(self);
             sequential(self).pop();
           })
      .def("build",
           [](BoundModel& self, nb::handle shape) {
             const Shape input_shape = shape_from(shape, "build");
             const Access::Alone alone(self);
             const ReleasedInterruptible released;
             sequential(self).build(input_shape);
           },
           "input_shape"_a.none());
}

/// The calls of a functional config, in an order in which they can be made, and its ends.
nb::dict read_graph(const Config& config) {
  const models::Graph graph = models::graph_from(config);
  nb::list calls;
  for (const models::GraphCall& call : graph.calls)
    calls.append(nb::make_tuple(call.layer, call.number, object_from(call.args), object_from(call.kwargs)));
  nb::dict found;
  found["calls"] = calls;
  found["input_layers"] = object_from(graph.inputs);
  found["output_layers"] = object_from(graph.outputs);
  return found;
}

nb::list replay_op(const Config& entry, Config args, Config kwargs, std::string name, nb::callable value_of) {
  const models::GraphCall call{.layer = 0, .number = 0, .args = std::move(args), .kwargs = std::move(kwargs)};
  const models::ValueOf value = [&](const Config::List& history) {
    return nb::cast<Value>(value_of(object_from(Config(history))));
  };
  return objects_from(models::make_op_call(entry, call, value, std::move(name)));
}

void bind_functional(nb::module_& m) {
  nb::class_<BoundModel> type = nb::borrow<nb::class_<BoundModel>>(m.attr("Model"));
  m.def("functional",
        [](nb::handle inputs, nb::handle outputs, std::optional<std::string> name, std::string_view mask_policy,
           Config input_structure, Config output_structure, nb::handle steps) {
          return bound_with_steps<models::Functional>(
              steps, values_from(inputs, "inputs"), values_from(outputs, "outputs"),
              models::FunctionalOptions{.name = std::move(name), .mask_policy = policy_from(mask_policy),
                                        .input_structure = std::move(input_structure),
                                        .output_structure = std::move(output_structure)});
        },
        "inputs"_a, "outputs"_a, "name"_a.none(), "mask_policy"_a, "input_structure"_a.none(),
        "output_structure"_a.none(), "steps"_a.none());
  m.def("run_size_with",
        [](std::size_t size, const BoundModel& model) { return models::run_size_with(size, model.model); });
  m.def("read_graph", &read_graph, "config"_a);
  m.def("names_op", &models::names_op, "entry"_a.none());
  m.def("replay_op", &replay_op, "entry"_a, "args"_a, "kwargs"_a, "name"_a, "value_of"_a);
  type.def_prop_ro("input_names", [](const BoundModel& self) { return self.model.input_names(); })
      .def_prop_ro("output_names", [](const BoundModel& self) { return self.model.output_names(); })
      .def_prop_ro("layers", [](const BoundModel& self) {
        nb::list all;
        for (const auto& layer : self.model.layers()) all.append(nb::cast(layer));
        return all;
      });
}

}  // namespace

void bind_models(nb::module_& m) {
  nb::class_<BoundModel> model(m, "Model", nb::dynamic_attr());
  model.def_prop_ro("name", [](const BoundModel& self) { return self.model.name(); })
      .def_prop_ro("built", [](const BoundModel& self) { return self.model.built(); })
      .def_prop_ro("input_shape",
                   [](const BoundModel& self) {
                     return shape_of(self, &models::Functional::input_shape, &models::Sequential::input_shape);
                   })
      .def_prop_ro("output_shape",
                   [](const BoundModel& self) {
                     return shape_of(self, &models::Functional::output_shape, &models::Sequential::output_shape);
                   })
      .def_prop_ro("as_layer",
                   [](const BoundModel& self) { return std::shared_ptr<layers::Layer>(self.shared); })
      .def("set_mask_policy",
           [](BoundModel& self, std::string_view policy) {
             const Access::Alone alone(self);
             if (auto* const graph = dynamic_cast<models::Functional*>(&self.model)) {
               graph->set_mask_policy(policy_from(policy));
             } else if (auto* const own = dynamic_cast<OwnModel*>(&self.model)) {
               own->set_mask_policy(policy_from(policy));
             } else {
               sequential(self).set_mask_policy(policy_from(policy));
             }
           })
      .def("summary", &summary, "line_length"_a.none(), "positions"_a, "expand_nested"_a, "show_trainable"_a, "layer_range"_a.none())
      .def("count_params", [](const BoundModel& self) {
             const Access::Shared shared(self);
             return self.model.count_params();
           })
      .def_prop_ro("run_size", [](const BoundModel& self) { return self.model.run_size(); })
      .def("get_config", [](const BoundModel& self) { return self.model.get_config(); })
      .def("serialize", [](const BoundModel& self) { return self.model.serialize(); });
  bind_sequential(m);
  bind_functional(m);
  m.def("own_model",
        [](std::string class_name, std::optional<std::string> name, std::string_view mask_policy, nb::handle steps) {
          return bound_with_steps<OwnModel>(steps, std::move(class_name), std::move(name), policy_from(mask_policy));
        },
        "class_name"_a, "name"_a.none(), "mask_policy"_a, "steps"_a);
  model.def_prop_ro("has_own_steps", [](BoundModel& self) { return dynamic_cast<HasOwnSteps*>(&self.model) != nullptr; });
  model.def("set_own_steps", [](BoundModel& self, nb::handle steps) {
    if (auto* const own = dynamic_cast<HasOwnSteps*>(&self.model)) own->set_steps(steps_from(steps));
  });
  model.def("set_names", [](BoundModel& self, std::vector<std::string> inputs, std::vector<std::string> outputs) {
    auto* const own = dynamic_cast<OwnModel*>(&self.model);
    if (own == nullptr) throw nb::type_error("the inputs of this model have their names");
    own->set_names(std::move(inputs), std::move(outputs));
  });
  bind_trainer(m, model);

  m.def("parse_json", [](std::string_view text) {
    try {
      return formats::parse_json(text);
    } catch (const std::runtime_error& error) {  // a ValueError, as Python's own json has it
      throw std::invalid_argument(error.what());
    }
  });
  m.def("dump_json", [](const Config& config, int indent) { return formats::dump_json(config, indent); });
}

}  // namespace keratin::python
