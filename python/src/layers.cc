// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/layers.h"

#include "access.h"
#include "bindings.h"
#include "interrupts.h"
#include "passes.h"
#include "values.h"

#include "keratin/base/error.h"
#include "keratin/layers/named_values.h"
#include "keratin/graph/node.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::python {
namespace {

using layers::Layer;

/// Of layers that Python has made: those are part of the new one.
nb::object bidirectional(nb::handle config, nb::handle forward, nb::handle backward) {
  const auto recurrent = [](nb::handle layer, const char* what) {
    auto found = std::dynamic_pointer_cast<layers::Recurrent>(shared_of<Layer>(layer));
    if (found == nullptr)
      invalid_argument("Bidirectional", what,
                       " must be a recurrent layer: LSTM, GRU, SimpleRNN or RNN.");
    return found;
  };
  return made_from(config, [&](const Config& from) -> std::shared_ptr<Layer> {
    return std::make_shared<layers::Bidirectional>(layers::Bidirectional::options_from(from),
                                                   recurrent(forward, "layer"),
                                                   recurrent(backward, "backward_layer"));
  });
}

nb::object rnn(nb::handle config, nb::handle cell) {
  return made_from(config, [&](const Config& from) -> std::shared_ptr<Layer> {
    layers::RNNOptions options = layers::RNN::options_from(from);
    options.cell = shared_of<Layer>(cell);
    return std::make_shared<layers::RNN>(options);
  });
}

nb::object stacked_rnn_cells(nb::handle config, nb::handle cells) {
  return made_from(config, [&](const Config& from) -> std::shared_ptr<Layer> {
    layers::StackedRNNCellsOptions options = layers::StackedRNNCells::options_from(from);
    for (const nb::handle cell : nb::borrow<nb::iterable>(cells)) options.cells.emplace_back(shared_of<Layer>(cell));
    return std::make_shared<layers::StackedRNNCells>(options);
  });
}

nb::object time_distributed(nb::handle config, nb::handle layer) {
  return made_from(config, [&](const Config& from) -> std::shared_ptr<Layer> {
    layers::TimeDistributedOptions options = layers::TimeDistributed::options_from(from);
    options.layer = shared_of<Layer>(layer);
    return std::make_shared<layers::TimeDistributed>(options);
  });
}

Tensor call(Layer& layer, const Tensor& inputs, bool training, nb::handle mask) {
  // Where a mask ends, Python warns, as Keras does.
  const Layer::CallOptions options{
      .training = training,
      .mask = tensor_from(mask, "mask"),
      .mask_policy = layer.supports_masking() ? MaskPolicy::kStrict : MaskPolicy::kKeras3};
  const Access::Either claim(Access::kWithoutGil, training || !layer.built() || layers::keeps_state(layer), layer);
  const Interruptible here;
  const CalledByHand by_hand;
  return layer(snapshot(inputs), options);
}

/// On several inputs, or symbolic ones. `masks`: one an input, or none; `named`: lists of values by name, or none;
/// `options`: what is no value, by name.
nb::list call_values(Layer& layer, nb::handle inputs, std::optional<bool> training, nb::handle masks, nb::handle named,
                     const Config& options) {
  Inputs call(values_from(inputs, "inputs"));
  if (!options.as_dict().empty()) call.options = options;
  Values& values = call.values;
  if (!named.is_none()) {
    for (const auto& [name, given] : nb::cast<nb::dict>(named)) {
      const auto key = nb::cast<std::string>(name);
      call.named.emplace_back(key, values_from(given, key.c_str()));
    }
  }
  const bool is_node = call.any_symbolic();
  if (is_node && training.value_or(false))
    call.options["training"] = true;  // for this call, whenever the model runs
  if (!masks.is_none()) {
    if (is_node && !layer.takes_keyword("mask"))
      throw nb::type_error(
          str("[", layer.class_name(), "] layer '", layer.name(), "' takes no mask.").c_str());
    Values given = values_from(masks, "mask");
    // An argument where files have it, and where masks that go along with values are another thing.
    const bool is_argument = is_node || call.find("initial_state") != nullptr;
    for (std::size_t i = 0; i < values.size() && i < given.size() && !is_argument; ++i)
      values[i] = values[i].with_mask(given[i]);
    if (is_argument) call.named.emplace_back("mask", std::move(given));
  }
  Pass* const around = CurrentPass::get();
  // What is read within a call is claimed with what that call is of: a second claim might wait for
  // a thread that waits for this one.
  const bool changes = training.value_or(around != nullptr && around->training) || !layer.built() ||
                       layers::keeps_state(layer);
  std::optional<Access::Either> claim;
  if (around == nullptr || changes) claim.emplace(changes, layer);
  Values outputs;
  if (around != nullptr) {  // a function of the user's calls it: a part of that pass
    const ReleasedInterruptible released;
    const TrainingHere here(*around, training);
    if (around->tape) around->keep(layer.weak_from_this().lock());
    outputs = static_cast<Operation&>(layer)(call, *around);
  } else {
    const ReleasedInterruptible released;
    const CalledByHand by_hand;
    Pass pass(training.value_or(false), nullptr,
              layer.supports_masking() ? MaskPolicy::kStrict : MaskPolicy::kKeras3);
    for (const Value& output : static_cast<Operation&>(layer)(call, pass))
      outputs.push_back(output.kept());
    pass.commit();
  }
  return objects_from(outputs);
}

/// Values that have the shapes and no elements: what a layer of several inputs is asked about.
Values values_of_shapes(nb::handle shapes, const char* what) {
  Values values;
  for (nb::handle shape : nb::cast<nb::list>(shapes))
    values.push_back(layers::Input({.batch_shape = shape_from(shape, what), .name = "input"}));
  return values;
}

nb::list compute_output_shapes(const Layer& layer, nb::handle shapes) {
  nb::list found;
  for (const Spec& spec :
       layer.compute_output_spec(values_of_shapes(shapes, "compute_output_shape")))
    found.append(tuple_from(spec.shape));
  return found;
}

nb::list compute_masks(const Layer& layer, nb::handle inputs, nb::handle masks) {
  Values values = values_from(inputs, "inputs");
  const Values given = values_from(masks, "mask");
  for (std::size_t i = 0; i < values.size() && i < given.size(); ++i)
    values[i] = values[i].with_mask(given[i]);
  return objects_from(layer.compute_mask(Inputs(std::move(values))));
}

void build_for_shapes(Layer& layer, nb::handle shapes, std::string_view scope) {
  const Values values = values_of_shapes(shapes, "build");
  std::vector<Spec> specs;
  for (const Value& value : values) specs.push_back({value.shape(), value.dtype()});
  const Access::Alone alone(layer);
  const ReleasedInterruptible released;
  if (!scope.empty()) layer.build(specs, scope);
  layer.prepare(values);
}

/// The states that a recurrent layer keeps.
nb::list kept_states(const Layer& layer) {
  nb::list states;
  if (const auto* const recurrent = dynamic_cast<const layers::Recurrent*>(&layer)) {
    for (const auto& state : recurrent->kept_states()) states.append(nb::cast(state));
  }
  return states;
}

void reset_state(Layer& layer) {
  const Access::Alone alone(layer);
  if (auto* const recurrent = dynamic_cast<layers::Recurrent*>(&layer)) recurrent->reset_state();
}

/// In a pass that is no training nothing was chosen.
void reset_dropout_masks(Layer& layer, bool of_inputs, bool of_states) {
  const Pass* const around = CurrentPass::get();
  auto* const cell = dynamic_cast<layers::FusedCell*>(&layer);
  if (cell == nullptr || (around != nullptr && !around->training)) return;
  const Access::Alone alone(layer);
  if (of_inputs) cell->reset_dropout_mask();
  if (of_states) cell->reset_recurrent_dropout_mask();
}

}  // namespace

void bind_layers(nb::module_& m) {
  nb::class_<Layer>(m, "Layer", nb::dynamic_attr())
      .def_static(
          "deserialize",
          [](nb::handle config) {
            return made_from(config, [](const Config& from) { return Layer::deserialize(from); });
          },
          "config"_a.none())
      .def_static("names", [] { return names_of(layers::all_layers()); })
      .def_prop_ro("class_name", &Layer::class_name)
      .def_prop_ro("name", &Layer::name)
      .def_prop_ro("path", &Layer::path)
      .def_prop_rw("trainable", &Layer::trainable,
                   [](Layer& layer, bool trainable) {
                     const Access::Alone alone(layer);
                     layer.set_trainable(trainable);
                   })
      .def_prop_ro("built", &Layer::built)
      .def_prop_ro("build_shape",
                   [](const Layer& layer) -> nb::object {
                     if (layer.build_shapes().empty()) return nb::none();
                     return tuple_from(layer.build_shapes()[0]);
                   })
      .def_prop_ro("supports_masking", &Layer::supports_masking)
      .def_prop_ro("dtype", &Layer::dtype)
      .def_prop_ro("is_quantized", &Layer::is_quantized)
      .def_prop_ro("weights",
                   [](nb::handle self) {
                     const Layer& layer = nb::cast<const Layer&>(self);
                     const Access::Either claim(!layer.built(), layer);
                     // The layer keeps what its weights are given to call, and they keep what it
                     // was given.
                     if (!nb::hasattr(self, "_kept")) self.attr("_kept") = nb::list();
                     nb::list weights;
                     for (const auto& weight : layer.weights()) {
                       const nb::object bound = nb::cast(weight);
                       bound.attr("_kept") = self.attr("_kept");
                       weights.append(bound);
                     }
                     return weights;
                   })
      .def_prop_rw(
          "chance",
          [](const Layer& layer) {
            const Access::Shared shared(layer);
            return layer.chance();
          },
          [](Layer& layer, const std::vector<std::int64_t>& chance) {
            const Access::Alone alone(layer);
            layer.set_chance(chance);
          })
      .def("get_config", &Layer::get_config)
      .def("serialize", &Layer::serialize)
      .def(
          "build",
          [](Layer& layer, nb::handle shape, std::string_view scope) {
            const Shape input_shape = shape_from(shape, "build");
            const Access::Alone alone(layer);
            const ReleasedInterruptible released;
            layer.build(input_shape, scope);
          },
          "input_shape"_a.none(), "scope"_a = "")
      .def(
          "compute_output_shape",
          [](const Layer& layer, nb::handle shape) {
            return tuple_from(
                layer.compute_output_shape(shape_from(shape, "compute_output_shape")));
          },
          "input_shape"_a.none())
      .def(
          "compute_mask",
          [](const Layer& layer, const Tensor& inputs, nb::handle mask) {
            return layer.compute_mask(snapshot(inputs), tensor_from(mask, "mask"));
          },
          "inputs"_a, "mask"_a.none())
      .def("__call__", &call, "inputs"_a, "training"_a, "mask"_a.none())
      .def("entry",
           [](Layer& layer) { return Value(leave_node(layer, Inputs())); })
      .def("call_values", &call_values, "inputs"_a, "training"_a.none(), "masks"_a.none(), "named"_a = nb::none(),
           "options"_a = nb::dict())
      .def_prop_ro("takes_several", &Layer::takes_several)
      .def_prop_ro("value_names", [](const Layer& layer) {
             nb::list names;
             for (const std::string_view name : layers::value_names(layer)) names.append(name);
             return names;
           })
      .def_prop_ro("build_shapes", [](const Layer& layer) {
             nb::list shapes;
             for (const Shape& shape : layer.build_shapes()) shapes.append(tuple_from(shape));
             return shapes;
           })
      .def_prop_ro("parts", [](const Layer& layer) {
             nb::list parts;
             for (const auto& part : layer.parts()) parts.append(nb::cast(part));
             return parts;
           })
      .def_prop_ro("has_parts", [](const Layer& layer) { return !layer.parts().empty(); })
      .def("compute_output_shapes", &compute_output_shapes, "input_shapes"_a)
      .def("compute_masks", &compute_masks, "inputs"_a, "masks"_a)
      .def("build_for_shapes", &build_for_shapes, "input_shapes"_a, "scope"_a = "")
      .def("count_params",
           [](const Layer& layer) {
             const Access::Either claim(!layer.built(), layer);
             return layer.count_params();
           })
      .def("get_weights",
           [](const Layer& layer) {
             const Access::Either claim(!layer.built(), layer);
             std::vector<Tensor> weights;
             {
               const ReleasedInterruptible released;
               weights = layer.get_weights();
             }
             return arrays_from(weights);
           })
      .def(
          "set_weights",
          [](Layer& layer, nb::handle weights) {
            const std::vector<Tensor> tensors = tensors_from(weights, "weights");
            const Access::Alone alone(layer);
            const Released released;
            layer.set_weights(tensors);
          },
          "weights"_a.none());
  m.def("bidirectional", &bidirectional, "config"_a, "forward"_a, "backward"_a);
  m.def("rnn", &rnn, "config"_a, "cell"_a);
  m.def("stacked_rnn_cells", &stacked_rnn_cells, "config"_a, "cells"_a);
  m.def("time_distributed", &time_distributed, "config"_a, "layer"_a);
  m.def("kept_states", &kept_states);
  m.def("reset_state", &reset_state);
  m.def("reset_dropout_masks", &reset_dropout_masks, "layer"_a, "of_inputs"_a, "of_states"_a);
}

}  // namespace keratin::python
