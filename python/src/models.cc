// SPDX-License-Identifier: Apache-2.0
// Sequential: its layers and shapes. What trains it is in trainers.cc.
#include "models.h"

#include "interrupts.h"

#include "keratin/base/error.h"
#include "keratin/formats/json.h"

namespace keratin::python {
namespace {

MaskPolicy policy_from(std::string_view name) {
  if (name == "strict") return MaskPolicy::kStrict;
  if (name == "keras3") return MaskPolicy::kKeras3;
  if (name == "keras2") return MaskPolicy::kKeras2;
  invalid_argument("Sequential", "mask_policy must be 'strict', 'keras3' or 'keras2'. Received: '",
                   name, "'");
}

}  // namespace

void bind_models(nb::module_& m) {
  nb::class_<BoundModel> model(m, "Sequential", nb::dynamic_attr());
  model
      .def("__init__",
           [](BoundModel* self, std::optional<std::string> name, std::string_view mask_policy) {
             new (self) BoundModel{models::Sequential(
                 {.name = std::move(name), .mask_policy = policy_from(mask_policy)})};
           },
           "name"_a.none(), "mask_policy"_a)
      .def_prop_ro("name", [](const BoundModel& self) { return self.model.name(); })
      .def_prop_ro("built", [](const BoundModel& self) { return self.model.built(); })
      .def_prop_ro("input_shape",
                   [](const BoundModel& self) { return tuple_from(self.model.input_shape()); })
      .def_prop_ro("output_shape",
                   [](const BoundModel& self) { return tuple_from(self.model.output_shape()); })
      .def("add",
           [](BoundModel& self, nb::handle bound) {
             std::shared_ptr<layers::Layer> layer = shared_of<layers::Layer>(bound);
             // The model itself, not each layer that is in it already: n layers are added in n steps.
             const Access::Alone alone(static_cast<const void*>(&self), layer);
             const ReleasedInterruptible released;  // a layer may draw its weights here
             self.model.add(std::move(layer));
           })
      .def("pop",
           [](BoundModel& self) {
             const Access::Alone alone(self);
             self.model.pop();
           })
      .def("build",
           [](BoundModel& self, nb::handle shape) {
             const Shape input_shape = shape_from(shape, "build");
             const Access::Alone alone(self);
             const ReleasedInterruptible released;
             self.model.build(input_shape);
           },
           "input_shape"_a.none())
      .def("set_mask_policy",
           [](BoundModel& self, std::string_view policy) {
             const Access::Alone alone(self);
             self.model.set_mask_policy(policy_from(policy));
           })
      .def("summary",
           [](const BoundModel& self, std::optional<int> line_length, std::vector<double> positions,
              bool show_trainable, std::optional<std::pair<std::string, std::string>> layer_range) {
             models::SummaryOptions options{.positions = std::move(positions),
                                            .show_trainable = show_trainable,
                                            .layer_range = std::move(layer_range)};
             if (line_length) options.line_length = *line_length;
             const Access::Shared shared(self);
             return self.model.summary(options);
           },
           "line_length"_a.none(), "positions"_a, "show_trainable"_a, "layer_range"_a.none())
      .def("count_params", [](const BoundModel& self) {
             const Access::Shared shared(self);
             return self.model.count_params();
           })
      .def("get_config", [](const BoundModel& self) { return self.model.get_config(); });
  bind_trainer(model);

  m.def("parse_json", [](std::string_view text) {
    try {
      return formats::parse_json(text);
    } catch (const std::runtime_error& error) {  // a ValueError, as Python's own json has it
      throw nb::value_error(error.what());
    }
  });
  m.def("dump_json", [](const Config& config, int indent) { return formats::dump_json(config, indent); });
}

}  // namespace keratin::python
