// SPDX-License-Identifier: Apache-2.0
#include "keratin/models/functional_config.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/base/structure.h"
#include "keratin/layers/input_layer.h"
#include "keratin/layers/named_values.h"
#include "keratin/ops/call_form.h"
#include "keratin/tensor/array_config.h"

namespace keratin::models {
namespace {

bool is_op(const Node& node) { return node.operation->name().empty(); }

/// What a call was given, with the values in their places ({"class_name": "__value__", "config":
/// place}).
Config with_values(const Config& structure, const Config::List& values) {
  if (structure.is_list()) {
    Config::List list;
    for (const Config& item : structure.as_list()) list.push_back(with_values(item, values));
    return list;
  }
  if (!structure.is_dict()) return structure;
  const Config* const kind = structure.find("class_name");
  if (kind != nullptr && kind->is_string() && kind->as_string() == "__value__")
    return values.at(static_cast<std::size_t>(structure.at("config").as_int()));
  Config dict = Config::dict();
  for (const auto& [key, value] : structure.as_dict()) dict[key] = with_values(value, values);
  return dict;
}

class Writer {
 public:
  Writer(std::span<const std::shared_ptr<const Node>> nodes, const Values& inputs)
      : nodes_(nodes), indices_(nodes) {
    // Layers have the names of their own; those of ops, which may come from several files, give
    // way.
    std::unordered_set<std::string> taken;
    for (const auto& node : nodes) {
      if (!is_op(*node)) taken.insert(node->name);
    }
    for (const auto& node : nodes) {
      if (!is_op(*node)) continue;
      std::string name = node->name;
      for (std::size_t next = 1; !taken.insert(name).second; ++next)
        name = str(node->name, "_", next);
      if (name != node->name) names_.emplace(node.get(), std::move(name));
    }
    for (const Value& input : inputs) {
      if (input.node()->inputs.values.empty()) continue;
      std::string name = str(input.node()->name, "_input");
      for (std::size_t next = 1; !taken.insert(name).second; ++next)
        name = str(input.node()->name, "_input_", next);
      cut_.emplace_back(input, std::move(name));
    }
  }

  Config layers() const {
    Config::List entries;
    for (const auto& [input, name] : cut_) entries.push_back(input_entry(input, name));
    std::unordered_map<const Operation*, std::size_t> places;
    for (const auto& node : nodes_) {
      std::size_t place = entries.size();
      if (!is_op(*node)) place = places.emplace(node->operation.get(), place).first->second;
      if (place == entries.size()) entries.push_back(entry_of(*node));
      if (node->inputs.values.empty()) continue;
      Config::List& calls = entries[place]["inbound_nodes"].as_list();
      const auto index = static_cast<std::size_t>(indices_.of(*node));
      if (calls.size() <= index) calls.resize(index + 1);
      calls[index] = call_of(*node);
    }
    return entries;
  }

  /// Values in the structure that a user has them in. Keras counts the calls of a functional model
  /// from 1 here, and only here.
  Config ends(const Values& values, const Config& structure) const {
    Config::List list;
    for (const Value& value : values) list.push_back(end(value));
    if (structure.is_null() && values.size() != 1) return list;
    std::size_t next = 0;
    return with_leaves(structure, list, next);
  }

 private:
  const std::string& name_of(const Node& node) const {
    const auto renamed = names_.find(&node);
    return renamed == names_.end() ? node.name : renamed->second;
  }

  Config history(const Value& value, std::int64_t first) const {
    const auto node = value.node();
    for (const auto& [input, name] : cut_) {
      if (input.is_same(value)) return Config(Config::List{name, 0, 0});
    }
    return Config(Config::List{name_of(*node), indices_.of(*node) + first, value.place()});
  }

  Config end(const Value& value) const {
    return history(value, value.node()->operation->class_name() == "Functional" ? 1 : 0);
  }

  static Config input_entry(const Value& input, const std::string& name) {
    Config entry =
        layers::InputLayer({.dtype = input.dtype(), .batch_shape = input.shape(), .name = name})
            .serialize();
    entry["name"] = name;
    entry["inbound_nodes"] = Config::list();
    return entry;
  }

  Config entry_of(const Node& node) const {
    Config entry = Config::dict();
    if (const auto* layer = dynamic_cast<const layers::Layer*>(node.operation.get())) {
      entry = layer->serialize();
    } else {
      const std::string_view class_name = node.operation->class_name();
      const ops::CallForm form = ops::call_form(class_name);
      entry["module"] = form.module;
      entry["class_name"] = class_name;
      entry["config"]["name"] = name_of(node);
      const Config options = node.operation->get_config();
      for (const auto& [key, value] : options.as_dict()) {
        const auto is_it = [&, &key = key](const ops::CallOption& o) { return o.name == key; };
        if (std::none_of(form.options.begin(), form.options.end(), is_it))
          entry["config"][key] = value;
      }
      entry["registered_name"] = class_name;
    }
    entry["name"] = name_of(node);
    entry["inbound_nodes"] = Config::list();
    return entry;
  }

  Config call_of(const Node& node) const {
    const auto* layer = dynamic_cast<const layers::Layer*>(node.operation.get());
    const ops::CallForm form =
        layer == nullptr ? ops::call_form(node.operation->class_name()) : ops::CallForm();
    Config::List args = list_of(node.inputs.values);
    if (node.inputs.options.find("args") != nullptr)
      return with_values(node.inputs.options,
                         args);  // a layer of one's own, whatever its arguments
    const Config* const lists = layer == nullptr ? node.inputs.options.find(kAsLists) : nullptr;
    if (lists != nullptr) {
      for (const Config& place : lists->as_list()) {
        const auto i = static_cast<std::size_t>(place.as_int());
        args[i] = lists_from_array(node.inputs.values[i].tensor());
      }
    }
    const auto* const nested = dynamic_cast<const layers::NestedValues*>(layer);
    if (nested != nullptr) {
      const Config::List leaves = std::exchange(args, {});
      for (std::size_t next = 0; next < leaves.size();)
        args.push_back(with_leaves(nested->structure(), leaves, next));
    }
    if (form.in_list || (layer != nullptr && nested == nullptr && layer->takes_several() &&
                         layers::value_names(*layer).empty()))
      args = {Config(std::move(args))};
    const bool has_more = layer != nullptr && !node.inputs.options.is_null();
    Config kwargs = has_more ? node.inputs.options : Config::dict();
    if (!form.options.empty()) {
      const Config options = node.operation->get_config();
      for (const auto& [name, place] : form.options) {
        const Config& value = options.at(name);
        if (place == ops::kByName) {
          const bool is_zero = value.is_number() && value.as_double() == 0;
          kwargs[name] = is_zero ? Config() : value;  // Keras: None is 0, and 0 not always taken
        } else {
          args.insert(args.begin() + static_cast<std::ptrdiff_t>(std::min(place, args.size())),
                      value);
        }
      }
    }
    Config call = Config::dict();
    call["args"] = Config(std::move(args));
    call["kwargs"] = std::move(kwargs);
    for (const auto& [key, named] : node.inputs.named) {
      Config::List list = list_of(named);
      call["kwargs"][key] = list.size() == 1 ? list[0] : Config(std::move(list));
    }
    return call;
  }

  Config::List list_of(const Values& values) const {
    Config::List list;
    for (const Value& value : values) list.push_back(argument(value));
    return list;
  }

  Config argument(const Value& value) const {
    if (!value) return {};
    if (!value.is_symbolic()) return config_of_array(value.tensor());
    Config config = Config::dict();
    config["class_name"] = "__keras_tensor__";
    config["config"]["shape"] = to_config(value.shape());
    config["config"]["dtype"] = to_config(value.dtype());
    config["config"]["keras_history"] = history(value, 0);
    return config;
  }

  std::span<const std::shared_ptr<const Node>> nodes_;
  NodeIndices indices_;
  std::unordered_map<const Node*, std::string> names_;  // where it is another than the node's
  // Inner values of another model that are inputs of this one, and the input layers for them. Keras
  // makes these when a model is cut out.
  std::vector<std::pair<Value, std::string>> cut_;
};

}  // namespace

NodeIndices::NodeIndices(std::span<const std::shared_ptr<const Node>> nodes) {
  std::unordered_map<const Operation*, std::vector<const Node*>> calls;
  for (const auto& node : nodes) {
    if (is_op(*node)) {
      indices_[node.get()] = 0;
    } else {
      calls[node->operation.get()].push_back(node.get());
    }
  }
  for (auto& [operation, of_operation] : calls) {
    std::sort(of_operation.begin(), of_operation.end(),
              [](const Node* a, const Node* b) { return a->call < b->call; });
    std::int64_t index = 0;
    for (const Node* node : of_operation) indices_[node] = index++;
  }
}

std::int64_t NodeIndices::of(const Node& node) const {
  const auto known = indices_.find(&node);
  return known == indices_.end() ? 0 : known->second;
}

void put_graph(Config& config, std::span<const std::shared_ptr<const Node>> nodes,
               const Values& inputs, const Config& input_structure, const Values& outputs,
               const Config& output_structure) {
  const Writer writer(nodes, inputs);
  config["layers"] = writer.layers();
  config["input_layers"] = writer.ends(inputs, input_structure);
  config["output_layers"] = writer.ends(outputs, output_structure);
}

}  // namespace keratin::models
