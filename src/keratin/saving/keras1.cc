// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/keras1.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "keratin/saving/class_names.h"

namespace keratin::saving {
namespace {

struct Rename {
  std::string_view from, to;
};

constexpr Rename kClasses[] = {{"Convolution1D", "Conv1D"}, {"AtrousConvolution1D", "Conv1D"}};

constexpr Rename kKeys[] = {
    {"init", "kernel_initializer"},
    {"inner_init", "recurrent_initializer"},
    {"inner_activation", "recurrent_activation"},
    {"W_regularizer", "kernel_regularizer"},
    {"U_regularizer", "recurrent_regularizer"},
    {"b_regularizer", "bias_regularizer"},
    {"W_constraint", "kernel_constraint"},
    {"b_constraint", "bias_constraint"},
    {"bias", "use_bias"},
    {"p", "rate"},
    {"dropout_W", "dropout"},
    {"dropout_U", "recurrent_dropout"},
    {"nb_filter", "filters"},
    {"filter_length", "kernel_size"},
    {"subsample_length", "strides"},
    {"atrous_rate", "dilation_rate"},
    {"border_mode", "padding"},
    {"pool_length", "pool_size"},
    {"stride", "strides"},
    {"beta_init", "beta_initializer"},
    {"gamma_init", "gamma_initializer"},
    {"concat_axis", "axis"},
};
constexpr std::string_view kLists[] = {"kernel_size", "strides", "dilation_rate", "pool_size"};

/// The ways of Keras 1's Merge, and the layers that stand for them.
constexpr Rename kMerges[] = {{"concat", "Concatenate"},
                              {"sum", "Add"},
                              {"mul", "Multiply"},
                              {"ave", "Average"},
                              {"max", "Maximum"}};

std::string_view renamed(std::string_view class_name, std::string_view key) {
  if (class_name == "Embedding") {
    if (key == "init") return "embeddings_initializer";
    if (key == "W_regularizer") return "embeddings_regularizer";
    if (key == "W_constraint") return "embeddings_constraint";
    return key;
  }
  if (key == "output_dim" && is_of(class_name, {"Dense", "LSTM", "GRU", "SimpleRNN"}))
    return "units";
  for (const Rename& rename : kKeys) {
    if (rename.from == key) return rename.to;
  }
  return key;
}

/// {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.01} and {"name": "MaxNorm", "m": 2, "axis": 0}.
Config named_object(const Config& config) {
  const Config* name = config.find("name");
  if (name == nullptr || !name->is_string() || config.find("class_name") != nullptr) return config;
  Config object = Config::dict();
  const bool is_penalty =
      is_of(name->as_string(), {"WeightRegularizer", "ActivityRegularizer", "L1L2Regularizer"});
  object["class_name"] = is_penalty ? Config("L1L2") : *name;
  object["config"] = Config::dict();
  for (const auto& [key, value] : config.as_dict()) {
    if (key != "name") object["config"][key == "m" ? "max_value" : key] = value;
  }
  return object;
}

/// What stands in a Keras 1 config and says nothing any more.
bool says_nothing(std::string_view class_name, std::string_view key, const Config& value) {
  const bool is_zero = value.is_number() && value.as_double() == 0;
  if (is_of(key, {"consume_less", "input_dtype"})) return true;
  if (is_of(key, {"input_dim", "input_length"}) && class_name != "Embedding") return true;
  if (class_name == "Embedding" && key == "dropout") return is_zero;
  if (class_name == "BatchNormalization" && is_of(key, {"mode", "running_mean"})) return is_zero;
  return false;
}

void settle_merge(std::string& class_name, Config& config) {
  const Config* mode = config.find("mode");
  if (class_name != "Merge" || mode == nullptr || !mode->is_string()) return;
  for (const Rename& merge : kMerges) {
    if (merge.from == mode->as_string()) class_name = merge.to;
  }
  if (class_name == "Merge") return;  // "dot", "cos", a function: whoever reads it says so
  Config kept = Config::dict();
  for (const auto& [key, value] : config.as_dict()) {
    const bool is_axis = key == "axis" && class_name == "Concatenate";
    if (is_axis || is_of(key, {"name", "trainable"})) kept[key] = value;
  }
  config = std::move(kept);
}

}  // namespace

void rename_keras1(std::string& class_name, Config& config) {
  for (const Rename& rename : kClasses) {
    if (rename.from == class_name) class_name = rename.to;
  }
  if (!config.is_dict()) return;
  Config result = Config::dict();
  for (const auto& [key, value] : config.as_dict()) {
    if (says_nothing(class_name, key, value)) continue;
    if (key == "forget_bias_init") {
      result["unit_forget_bias"] = value == Config("one");
      continue;
    }
    const std::string_view name = renamed(class_name, key);
    const bool is_list = std::find(std::begin(kLists), std::end(kLists), name) != std::end(kLists);
    const bool is_object = name.ends_with("_regularizer") || name.ends_with("_constraint");
    if (is_list && value.is_int()) {
      result[name] = Config(Config::List{value});
    } else {
      result[name] = is_object ? named_object(value) : value;
    }
  }
  config = std::move(result);
  settle_merge(class_name, config);
}

}  // namespace keratin::saving
