// SPDX-License-Identifier: Apache-2.0
#include "keratin/models/graph_calls.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/base/named_list.h"
#include "keratin/base/structure.h"
#include "keratin/graph/node.h"
#include "keratin/layers/input_layer.h"
#include "keratin/layers/named_values.h"
#include "keratin/models/functional_config.h"
#include "keratin/ops/call_form.h"
#include "keratin/ops/ops.h"
#include "keratin/tensor/array_config.h"

namespace keratin::models {
namespace {

/// Whether these are numbers, or lists of them: Python's way to write a small array, ops.take(x,
/// [2, 0]).
bool are_numbers(const Config::List& list) {
  return !list.empty() && std::all_of(list.begin(), list.end(), [](const Config& item) {
    return item.is_list() ? are_numbers(item.as_list()) : item.is_number() || item.is_bool();
  });
}

/// A number beside a value of that type. Python's numbers take the type of the other where it holds
/// them.
Tensor number_beside(const Config& number, DType other) {
  if (number.is_bool()) return Tensor::from(std::vector<bool>{number.as_bool()}, Shape{});
  const bool is_whole = number.is_int();
  if (!is_whole || is_floating(other)) {
    return Tensor::from(std::vector<float>{static_cast<float>(number.as_double())}, Shape{});
  }
  const std::int64_t value = number.as_int();
  Tensor tensor;
  if (other != DType::kBool) {
    visit_dtype(other, [&](auto zero) {
      using T = decltype(zero);
      if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
        if (std::in_range<T>(value))
          tensor = Tensor::from(std::vector<T>{static_cast<T>(value)}, Shape{});
      }
    });
  }
  if (tensor) return tensor;
  return std::in_range<std::int32_t>(value)
             ? Tensor::from(std::vector<std::int32_t>{static_cast<std::int32_t>(value)}, Shape{})
             : Tensor::from(std::vector<std::int64_t>{value}, Shape{});
}

/// Reads the arguments of one call.
class Arguments {
 public:
  explicit Arguments(const ValueOf& value_of) : value_of_(value_of) {}

  /// The values in a tensor, or in nested lists and dicts of them, by sorted keys: Keras's order.
  void add_values(const Config& config, Values& values) {
    if (config.is_null()) {
      values.push_back(Value());
    } else if (const Config::List* history = history_of(config)) {
      values.push_back(value_of_(*history));
    } else if (is_array_config(config)) {
      values.push_back(array_from_config(config));
    } else if (config.is_number_array() || (config.is_list() && are_numbers(config.as_list()))) {
      lists_.emplace_back(static_cast<std::int64_t>(values.size()));
      values.push_back(array_from_lists(config, dtype_of_lists(config)));
    } else if (config.is_list()) {
      const Config::List& list = config.as_list();
      for (std::size_t i = 0; i < list.size(); ++i)
        at_place(i, [&] { add_values(list[i], values); });
    } else if (config.is_dict()) {
      add_by_name(config.as_dict(), sorted_keys(config.as_dict()), values);
    } else if (config.is_number() || config.is_bool()) {
      numbers_.push_back({values.size(), config});
      values.push_back(Value());
    } else {
      invalid_argument("Functional", "expected a tensor. Received: '",
                       config.as_string().substr(0, 200), "'");
    }
  }

  void add_by_name(const Config::Dict& dict, const std::vector<std::string>& keys, Values& values) {
    for (const std::string& key : keys) {
      const auto found = std::find_if(dict.begin(), dict.end(),
                                      [&](const auto& entry) { return entry.first == key; });
      at_place(key, [&] { add_values(found->second, values); });
    }
  }

  /// Numbers become values of the type of the first value that is none of them.
  void settle_numbers(Values& values) {
    DType other = DType::kFloat32;
    for (std::size_t i = values.size(); i-- > 0;) {
      if (values[i]) other = values[i].dtype();
    }
    for (const auto& [place, number] : numbers_) values[place] = number_beside(number, other);
    numbers_.clear();
  }

  /// The places of arrays that stand as lists.
  const Config::List& lists() const { return lists_; }

 private:
  const ValueOf& value_of_;
  std::vector<std::pair<std::size_t, Config>> numbers_;
  Config::List lists_;
};

bool holds_tensor(const Config& config) {
  if (history_of(config) != nullptr || is_array_config(config)) return true;
  if (config.is_list()) {
    const Config::List& list = config.as_list();
    return std::any_of(list.begin(), list.end(), holds_tensor);
  }
  if (!config.is_dict()) return false;
  const Config::Dict& dict = config.as_dict();
  return std::any_of(dict.begin(), dict.end(),
                     [](const auto& entry) { return holds_tensor(entry.second); });
}

/// Where a model of several inputs is called on a dict of all of them by their names, that decides.
std::vector<std::string> keys_for(const layers::Layer& layer, const Config::Dict& dict) {
  std::vector<std::string> sorted = sorted_keys(dict);
  const auto* model = dynamic_cast<const Model*>(&layer);
  if (model == nullptr) return sorted;
  std::vector<std::string> names = model->input_names();
  std::vector<std::string> sorted_names = names;
  std::sort(sorted_names.begin(), sorted_names.end());
  return sorted == sorted_names ? names : sorted;
}

}  // namespace

namespace {

/// Keras 3's .h5 files have no modules: there an op is what has an op's name and nothing that every
/// layer has.
bool looks_like_op(const Config& entry) {
  const Config* const name = entry.find("class_name");
  const Config* const config = entry.find("config");
  const Config* const nodes = entry.find("inbound_nodes");
  const bool is_called = nodes != nullptr && nodes->is_list() && !nodes->as_list().empty() &&
                         nodes->as_list()[0].find("args") != nullptr;
  if (!is_called || name == nullptr || !name->is_string() || config == nullptr ||
      config->find("trainable") != nullptr)
    return false;
  return std::ranges::find(ops::entries(), name->as_string(),
                           [](const auto& one) { return one.class_name; }) != ops::entries().end();
}

}  // namespace

bool names_op(const Config& entry) {
  entry.as_dict();
  const Config* module = entry.find("module");
  if (module == nullptr) return looks_like_op(entry);
  return module->is_string() && ops::is_module_of_ops(module->as_string());
}

Values make_op_call(const Config& entry, const GraphCall& call, const ValueOf& value_of,
                    std::string name) {
  const std::string& class_name = entry.at("class_name").as_string();
  const ops::CallForm form = ops::call_form(class_name);
  Config op = Config::dict();
  op["class_name"] = class_name;
  op["config"] = Config::dict();
  if (const Config* options = entry.find("config"); options != nullptr && !options->is_null())
    at_place("config", [&] { options->as_dict(), op["config"] = *options; });
  Arguments arguments(value_of);
  Inputs inputs;
  at_place("args", [&] {
    const Config::List& args = call.args.as_list();
    for (std::size_t i = 0; i < args.size(); ++i) {
      const auto option = std::find_if(form.options.begin(), form.options.end(),
                                       [&](const ops::CallOption& o) { return o.place == i; });
      if (option != form.options.end()) {
        op["config"][option->name] = args[i];
      } else {
        at_place(i, [&] { arguments.add_values(args[i], inputs.values); });
      }
    }
    arguments.settle_numbers(inputs.values);
    if (!arguments.lists().empty()) inputs.options[kAsLists] = arguments.lists();
  });
  at_place("kwargs", [&] {
    for (const auto& [key, value] : call.kwargs.as_dict()) {
      const bool known = std::any_of(form.options.begin(), form.options.end(),
                                     [&, &key = key](const auto& o) { return o.name == key; });
      if (!known) {
        invalid_argument(class_name, "the operation has no keyword argument '", key.substr(0, 200),
                         "' in its call.");
      }
      if (!value.is_null()) op["config"][key] = value;
    }
  });
  const std::shared_ptr<const Op> made = ops::deserialize(op);
  return leave_node(*made, inputs, std::move(name));
}

namespace {

/// The outputs of the layer, or model, for that call. Constants in it become values, keyword
/// arguments with tensors named inputs, the others options; those that are null are left out.
Values make_call(const layers::Layer& layer, const GraphCall& call, const ValueOf& value_of,
                 MaskPolicy policy) {
  Arguments arguments(value_of);
  Inputs inputs;
  at_place("args", [&] {
    const Config::List& args = call.args.as_list();
    for (std::size_t i = 0; i < args.size(); ++i) {
      at_place(i, [&] {
        if (args[i].is_dict() && history_of(args[i]) == nullptr && !is_array_config(args[i])) {
          const Config::Dict& dict = args[i].as_dict();
          arguments.add_by_name(dict, keys_for(layer, dict), inputs.values);
        } else {
          arguments.add_values(args[i], inputs.values);
        }
      });
    }
    arguments.settle_numbers(inputs.values);
  });
  const auto names = layers::value_names(layer);
  at_place("kwargs", [&] {
    for (const auto& [key, value] : call.kwargs.as_dict()) {
      if (value.is_null()) continue;
      const auto place = static_cast<std::size_t>(std::ranges::find(names, key) - names.begin());
      if (place == names.size() && !layer.takes_keyword(key)) {
        invalid_argument(layer.class_name(), "layer '", layer.name(), "' has no keyword argument '",
                         key.substr(0, 200), "' in its call.");
      }
      if (place == names.size() && !holds_tensor(value)) {
        inputs.options[key] = value;
        continue;
      }
      Values named;
      at_place(key, [&, &value = value] { arguments.add_values(value, named); });
      arguments.settle_numbers(named);
      if (place == names.size()) {
        inputs.named.emplace_back(key, std::move(named));
        continue;
      }
      while (inputs.values.size() <= place) inputs.values.push_back(Value());
      inputs.values[place] = named;
    }
  });
  Pass pass(false, nullptr, policy);
  return layer.Operation::operator()(inputs, pass);
}

/// The layers of a config, and what their calls gave, on the way to a model.
class Replay {
 public:
  Replay(const Config::List& entries, const LoadOptions& options)
      : entries_(entries), options_(options), outputs_(entries.size()) {
    for (std::size_t i = 0; i < entries.size(); ++i) at_place(i, [&] { make_layer(i); });
  }

  void make(const GraphCall& call) {
    const Config& entry = entries_[call.layer];
    std::vector<Values>& outputs = outputs_[call.layer];
    if (layers_[call.layer]) run_size_ = run_size_with(run_size_, *layers_[call.layer]);
    const ValueOf value_of = [this](const Config::List& history) { return value(history); };
    outputs.push_back(layers_[call.layer]
                          ? make_call(*layers_[call.layer], call, value_of, options_.mask_policy)
                          : make_op_call(entry, call, value_of,
                                         outputs.empty() ? entry_name(entry) : std::string()));
  }

  /// The values of an end of the graph, and what stands around them.
  Config structure_of(const Config& end, Values& values) const {
    if (const Config::List* history = history_of(end)) {
      values.push_back(value(*history));
      return {};
    }
    if (end.is_list()) {
      Config::List list;
      for (const Config& item : end.as_list()) list.push_back(structure_of(item, values));
      return list;
    }
    Config::Dict sorted = end.as_dict();
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    Config structure = end;
    for (const auto& [key, item] : sorted) structure[key] = structure_of(item, values);
    return structure;
  }

 private:
  void make_layer(std::size_t i) {
    layers_.push_back(layer_from_config(entries_[i], options_));
    if (entries_[i].at("class_name").as_string() != "InputLayer") return;
    const auto input = std::dynamic_pointer_cast<layers::InputLayer>(layers_.back());
    if (!input) invalid_argument("Functional", "an InputLayer of another class is not known.");
    outputs_[i].push_back(leave_node(*input, Inputs()));
  }

  Value value(const Config::List& history) const {
    const auto at = [&](std::size_t i) { return static_cast<std::size_t>(history[i].as_int()); };
    const Values& outputs = outputs_[at(0)][at(1)];
    if (at(2) >= outputs.size()) {
      invalid_argument("Functional", "call ", at(1), " of layer '", entry_name(entries_[at(0)]),
                       "' has ", outputs.size(), " outputs. Received: output ", at(2));
    }
    return outputs[at(2)];
  }

  const Config::List& entries_;
  const LoadOptions& options_;
  std::size_t run_size_ = 0;
  std::vector<std::shared_ptr<layers::Layer>> layers_;  // null: an op
  std::vector<std::vector<Values>> outputs_;            // of the calls of each
};

}  // namespace

GraphEnds made_again(const Config& config, const LoadOptions& options) {
  const Graph graph = graph_from(config);
  std::optional<Replay> replay;
  at_place("layers", [&] {
    replay.emplace(config.at("layers").as_list(), options);
    for (const GraphCall& call : graph.calls) {
      at_place(call.layer, [&] {
        at_place("inbound_nodes", [&] { at_place(call.number, [&] { replay->make(call); }); });
      });
    }
  });
  GraphEnds ends;
  at_place("input_layers",
           [&] { ends.input_structure = replay->structure_of(graph.inputs, ends.inputs); });
  at_place("output_layers",
           [&] { ends.output_structure = replay->structure_of(graph.outputs, ends.outputs); });
  return ends;
}

}  // namespace keratin::models
