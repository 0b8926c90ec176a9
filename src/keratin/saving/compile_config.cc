// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/saving/class_names.h"
#include "keratin/saving/generations.h"

namespace keratin::saving {
namespace {

bool is_object(const Config& config) { return config.find("class_name") != nullptr; }

std::string plain_class_of(const Config& object) {
  return plain_class(object.at("class_name").as_string());
}

bool is_zero(const Config& value) {
  return value.is_null() || (value.is_number() && value.as_double() == 0);
}

/// Keras 1 and 2: lr / (1 + decay * steps).
Config decayed_rate(const Config& rate, const Config& decay) {
  Config schedule = Config::dict();
  schedule["module"] = "keras.optimizers.schedules";
  schedule["class_name"] = "InverseTimeDecay";
  schedule["config"]["initial_learning_rate"] = rate;
  schedule["config"]["decay_steps"] = 1;
  schedule["config"]["decay_rate"] = decay;
  schedule["registered_name"] = Config();
  return schedule;
}

Config optimizer_of(const Config& given) {
  if (!is_object(given)) return given;
  Config result = given;
  result["class_name"] = plain_class_of(given);
  const Config* const config = given.find("config");
  if (config == nullptr || !config->is_dict()) return result;
  Config kept = Config::dict();
  for (const auto& [key, value] : config->as_dict()) {
    if (is_of(key, {"is_legacy_optimizer", "jit_compile", "schedule_decay", "decay"})) continue;
    if (key == "epsilon" && value.is_null()) continue;
    if (key == "clipnorm" || key == "clipvalue") {
      if (is_zero(value)) continue;
    }
    kept[key == "lr" ? "learning_rate" : key] = value;
  }
  const Config* const decay = config->find("decay");
  if (decay != nullptr && !is_zero(*decay))
    kept["learning_rate"] = decayed_rate(kept.at("learning_rate"), *decay);
  result["config"] = std::move(kept);
  return result;
}

/// "binary_accuracy" as the class that is called so.
std::string class_of_function(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> kShort[] = {
      {"mae", "MeanAbsoluteError"},
      {"mse", "MeanSquaredError"},
      {"mape", "MeanAbsolutePercentageError"},
      {"msle", "MeanSquaredLogarithmicError"},
      {"kullback_leibler_divergence", "KLDivergence"},
      {"kl_divergence", "KLDivergence"},
      {"log_cosh", "LogCosh"}};
  for (const auto& [from, to] : kShort) {
    if (name == from) return std::string(to);
  }
  std::string result;
  bool up = true;
  for (const char c : name) {
    if (c == '_') {
      up = true;
    } else {
      result += up && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      up = false;
    }
  }
  return result;
}

/// A loss or metric: of Keras 2's wrappers of functions, the class that is called like the
/// function.
Config object_of(const Config& given) {
  if (!is_object(given)) return given;
  Config result = given;
  std::string class_name = plain_class_of(given);
  const Config* const config = given.find("config");
  if (config != nullptr && config->is_dict()) {
    Config kept = Config::dict();
    for (const auto& [key, value] : config->as_dict()) {
      if (key == "fn") {
        if (value.is_string()) class_name = class_of_function(value.as_string());
      } else if (key == "reduction" && (value == Config("auto") || value == Config("none"))) {
        kept[key] = value == Config("auto") ? Config("sum_over_batch_size") : value;
      } else {
        kept[key] = value;
      }
    }
    result["config"] = std::move(kept);
  }
  result["class_name"] = std::move(class_name);
  return result;
}

Config objects_of(const Config& given) {
  if (is_object(given)) return object_of(given);
  if (given.is_list()) {
    Config::List list;
    for (const Config& item : given.as_list()) list.push_back(objects_of(item));
    return list;
  }
  if (!given.is_dict()) return given;
  Config dict = Config::dict();
  for (const auto& [key, value] : given.as_dict()) dict[key] = objects_of(value);
  return dict;
}

/// Keras 2 wrote the metrics of one output as a list in a list.
Config metrics_of(const Config& given) {
  Config found = objects_of(given);
  if (found.is_list() && found.as_list().size() == 1 && found.as_list()[0].is_list())
    return Config(found.as_list()[0]);
  return found;
}

/// A metric without the name of its output in front, which it gets again.
Config without_output(const Config& metric, std::string_view output) {
  const Config* const config = metric.find("config");
  const Config* const name = config == nullptr ? nullptr : config->find("name");
  const std::string prefix = str(output, "_");
  if (name == nullptr || !name->is_string() || !name->as_string().starts_with(prefix))
    return metric;
  Config result = metric;
  result["config"]["name"] = name->as_string().substr(prefix.size());
  return result;
}

/// Of a list of metrics for each output.
Config without_outputs(const Config& metrics, const std::vector<std::string>& outputs) {
  if (!metrics.is_list() || metrics.as_list().size() != outputs.size()) return metrics;
  Config result = metrics;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    Config& of_one = result.as_list()[i];
    if (!of_one.is_list()) continue;
    for (Config& metric : of_one.as_list()) metric = without_output(metric, outputs[i]);
  }
  return result;
}

}  // namespace

std::vector<std::string> output_layers_of(const Config& architecture) {
  std::vector<std::string> names;
  const Config* const config = architecture.find("config");
  const Config* const outputs = config == nullptr ? nullptr : config->find("output_layers");
  if (outputs == nullptr || !outputs->is_list()) return names;
  for (const Config& output : outputs->as_list()) {
    const bool is_place = output.is_list() && !output.as_list().empty();
    if (!is_place || !output.as_list()[0].is_string()) return {};
    names.push_back(output.as_list()[0].as_string());
  }
  return names;
}

Config compile_config_in_keras3_form(Config config, const std::vector<std::string>& outputs) {
  if (config.is_null() || config.as_dict().empty()) return {};
  const auto part = [&](std::string_view key) {
    const Config* found = config.find(key);
    return found == nullptr ? Config() : *found;
  };
  Config result = Config::dict();
  const Config* const old = config.find("optimizer_config");
  at_place(old == nullptr ? "optimizer" : "optimizer_config",
           [&] { result["optimizer"] = optimizer_of(old == nullptr ? part("optimizer") : *old); });
  at_place("loss", [&] { result["loss"] = objects_of(part("loss")); });
  result["loss_weights"] = part("loss_weights");
  for (const char* key : {"metrics", "weighted_metrics"})
    at_place(key, [&] { result[key] = without_outputs(metrics_of(part(key)), outputs); });
  return result;
}

}  // namespace keratin::saving
