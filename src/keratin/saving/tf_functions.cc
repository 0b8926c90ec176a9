// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/tf_functions.h"

#include <algorithm>
#include <string>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/base/named_list.h"
#include "keratin/formats/json.h"
#include "keratin/saving/class_names.h"
#include "keratin/saving/tf_function_list.h"
#include "keratin/tensor/array_config.h"

namespace keratin::saving {
namespace {

using namespace tf;

constexpr std::string_view kUnused = "name";  // of TensorFlow's nodes
constexpr std::string_view kConstant = "_CONSTANT_VALUE";

/// TensorFlow writes "compat.v1.squeeze" and "squeeze" for one function.
const Function& function_of(const Config& config) {
  const std::string& name = config.at("function").as_string();
  std::string_view plain = name;
  if (plain.starts_with("compat.v1.")) plain.remove_prefix(10);
  std::vector<std::string_view> known;
  for (const Function& function : functions()) {
    if (function.name == plain) return function;
    known.push_back(function.name);
  }
  if (is_of(plain, {"einsum", "__operators__.eq", "__operators__.ne"})) {
    invalid_argument("TFOpLambda", "tf.keras leaves out of its files what 'tf.", plain,
                     "' is called on: such a model cannot be opened from a file.");
  }
  invalid_argument("TFOpLambda", "TensorFlow's function 'tf.", name.substr(0, 200),
                   "' is none of those that have an operation here.", did_you_mean(plain, known));
}

// -- a call --------------------------------------------------------------------------------------

/// [layer, call, output], and what may stand behind it.
bool is_reference(const Config& config) {
  if (!config.is_list()) return false;
  const Config::List& list = config.as_list();
  return list.size() >= 3 && list.size() <= 4 && list[0].is_string() && list[1].is_int() &&
         (list[2].is_int() || list[0] == Config(kConstant));
}

bool holds_reference(const Config& config) {
  if (is_reference(config)) return true;
  if (config.is_dict()) {
    return std::ranges::any_of(config.as_dict(),
                               [](const auto& one) { return holds_reference(one.second); });
  }
  return config.is_list() && std::ranges::any_of(config.as_list(), holds_reference);
}

/// A value of a call: a tensor, a constant, or a list with tensors in it. Keras 3 has arrays, where
/// TensorFlow has lists of numbers.
Config value_of(const Config& config, std::string_view function) {
  if (is_reference(config)) {
    const Config::List& list = config.as_list();
    if (list[0] != Config(kConstant)) return tensor_of(list[0], list[1], list[2]);
    return value_of(list[2], function);
  }
  if (holds_reference(config) && config.is_list()) {
    Config::List list;
    for (const Config& item : config.as_list()) list.push_back(value_of(item, function));
    return list;
  }
  if (config.is_list() || config.is_number_array()) {
    Config array = Config::dict();
    array["class_name"] = "__numpy__";
    array["config"]["value"] = config;
    array["config"]["dtype"] = to_string(dtype_of_lists(config));
    return array;
  }
  if (config.is_dict() || config.is_string() || config.is_null()) {
    invalid_argument("TFOpLambda", "'tf.", function,
                     "' must have numbers and values of the model.");
  }
  return config;
}

/// The keyword arguments stand behind every tensor of the first argument.
const Config* arguments_of(const Config& node) {
  if (is_reference(node)) return node.as_list().size() == 4 ? &node.as_list()[3] : nullptr;
  if (!node.is_list() || node.as_list().empty()) return nullptr;
  return arguments_of(node.as_list()[0]);
}

void take(const Argument& argument, const Config* given, std::string_view function, Call& call) {
  if (argument.kind == Kind::kValue) {
    if (given == nullptr || given->is_null()) {
      invalid_argument("TFOpLambda", "'tf.", function, "' has no '", argument.name, "'.");
    }
    call.values.push_back(value_of(*given, function));
    return;
  }
  if (given != nullptr && holds_reference(*given)) {
    invalid_argument("TFOpLambda", "'tf.", function, "' has a value of the model as '",
                     argument.name, "': it must be known before there are values.");
  }
  const bool is_given = given != nullptr && !given->is_null();
  if (argument.kind == Kind::kOption) {
    call.options[argument.option.empty() ? argument.name : argument.option] =
        is_given ? *given : argument.otherwise;
  } else if (is_given && *given != argument.otherwise) {
    invalid_argument("TFOpLambda", "'tf.", function, "' can have '", argument.name, "' only as ",
                     formats::dump_json(argument.otherwise),
                     " here. Received: ", formats::dump_json(*given).substr(0, 200));
  }
}

}  // namespace

bool stands_for_tf_function(std::string_view class_name) {
  return class_name == "TFOpLambda" || class_name == "SlicingOpLambda";
}

std::vector<std::string_view> tf_function_names() {
  std::vector<std::string_view> names;
  for (const Function& function : functions()) names.push_back(function.name);
  return names;
}

Config::List ops_for_tf_function(const Config& entry) {
  const Function& function =
      at_place("config", [&]() -> const Function& { return function_of(entry.at("config")); });
  return at_place("inbound_nodes", [&] {
    const Config::List& nodes = entry.at("inbound_nodes").as_list();
    if (nodes.size() != 1) {
      invalid_argument("TFOpLambda",
                       "a function of TensorFlow is called once. Received: ", nodes.size(),
                       " calls.");
    }
    if (!holds_reference(nodes[0])) {
      invalid_argument("TFOpLambda",
                       "a call must be a list of [name, call, output, keyword arguments].");
    }
    Call call{.name = entry.at("name").as_string(), .values = {value_of(nodes[0], function.name)}};
    const Config* const found = arguments_of(nodes[0]);
    const Config given = found == nullptr ? Config::dict() : *found;
    for (const auto& [key, value] : given.as_dict()) {
      const bool known = key == kUnused || value.is_null() ||
                         std::ranges::any_of(function.arguments,
                                             [&](const Argument& one) { return one.name == key; });
      if (!known) {
        invalid_argument("TFOpLambda", "'tf.", function.name, "' cannot have the argument '",
                         key.substr(0, 200), "' here.");
      }
    }
    for (const Argument& argument : function.arguments)
      take(argument, given.find(argument.name), function.name, call);
    if (function.made != nullptr) return function.made(std::move(call));
    return Config::List{
        entry_of(function.class_name, call.name, std::move(call.options), std::move(call.values))};
  });
}

}  // namespace keratin::saving
