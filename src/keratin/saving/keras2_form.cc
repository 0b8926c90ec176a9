// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/keras2_form.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/models/models.h"
#include "keratin/saving/class_names.h"

namespace keratin::saving {
namespace {

bool is_entry(const Config& config) {
  return config.find("class_name") != nullptr && config.find("config") != nullptr;
}

std::string registered_class_of(const Config& object) {
  const Config* const registered = object.find("registered_name");
  const std::string& plain = object.at("class_name").as_string();
  const bool is_own = registered != nullptr && registered->is_string() && plain != "Functional";
  return is_own ? registered->as_string() : plain;
}

/// A function goes by the name that it was registered under, where it was: "package>mine".
Config name_of_function(const Config& object) {
  const Config* const registered = object.find("registered_name");
  const bool is_own = registered != nullptr && registered->is_string() &&
                      registered->as_string().find('>') != std::string::npos;
  return is_own ? *registered : object.at("config");
}

constexpr std::string_view kOldSigmoid = "keras2_hard_sigmoid", kSigmoid = "hard_sigmoid";

/// Whether an activation of that name stands anywhere.
bool has_activation(const Config& config, std::string_view name) {
  if (config.is_list()) {
    for (const Config& item : config.as_list()) {
      if (has_activation(item, name)) return true;
    }
  } else if (config.is_dict()) {
    for (const auto& [key, value] : config.as_dict()) {
      if (key.ends_with("activation") && value == Config(name)) return true;
      if (has_activation(value, name)) return true;
    }
  }
  return false;
}

Config layer(const Config& entry);

/// Keras 3 finds the class of a schedule, and of a layer within a layer, by its module alone, in
/// these files too.
Config with_module(Config result, const Config& entry) {
  for (const char* key : {"module", "registered_name"}) {
    if (const Config* const found = entry.find(key)) result[key] = *found;
  }
  return result;
}
Config layer_within(const Config& entry) { return with_module(layer(entry), entry); }

/// An object as {"class_name", "config"}, wherever it stands; None is what is meant where a key is
/// missing. `with_null`: of optimizers, of which AdamW means something else.
Config plain(const Config& config, bool with_null = false) {
  if (config.is_list()) {
    Config::List list;
    for (const Config& item : config.as_list()) list.push_back(plain(item, with_null));
    return list;
  }
  if (!config.is_dict()) return config;
  Config result = Config::dict();
  if (is_entry(config)) {
    if (config.at("class_name") == Config("function")) return name_of_function(config);
    if (models::is_layer(config)) return layer_within(config);
    result["class_name"] = registered_class_of(config);
    result["config"] = plain(config.at("config"), with_null);
    return with_null ? with_module(std::move(result), config) : result;
  }
  for (const auto& [key, value] : config.as_dict()) {
    const bool is_new = is_of(key, {"loss_scale_factor", "gradient_accumulation_steps"});
    if (key == "quantization_config") {
      if (!value.is_null()) result[key] = value;  // Keras 2 has none: in Keras 3's form, by modules
    } else if (key.ends_with("activation") && value == Config(kOldSigmoid)) {
      result[key] = kSigmoid;
    } else if (!value.is_null() || (with_null && !is_new)) {
      result[key] = plain(value, with_null);
    }
  }
  return result;
}

/// The tensors of a call in Keras 3's form, where it is one tensor or a list of them and plain
/// keyword arguments; nothing for other calls.
std::optional<Config> listed(const Config& call) {
  const Config* const args = call.find("args");
  const Config* const kwargs = call.find("kwargs");
  if (args == nullptr || !args->is_list() || args->as_list().size() != 1) return std::nullopt;
  if (kwargs != nullptr && kwargs->is_dict() && !kwargs->as_dict().empty()) return std::nullopt;
  const Config& first = args->as_list()[0];
  const Config::List tensors = first.is_list() ? first.as_list() : Config::List{first};
  Config::List found;
  for (const Config& tensor : tensors) {
    const Config* const inner = tensor.find("config");
    const Config* const history = inner == nullptr ? nullptr : inner->find("keras_history");
    if (history == nullptr) return std::nullopt;
    Config::List reference = history->as_list();
    reference.push_back(Config::dict());
    found.emplace_back(std::move(reference));
  }
  return found.empty() ? std::nullopt : std::optional<Config>(std::move(found));
}

/// Null where one of the calls has no such form.
Config calls_as_lists(const Config& calls) {
  Config::List result;
  for (const Config& call : calls.as_list()) {
    std::optional<Config> list = listed(call);
    if (!list) return {};
    result.push_back(*std::move(list));
  }
  return result;
}

Config model(const Config& entry);

/// Keras 2 has no form for an op between layers, and there are layers of the same names.
bool stands_for_op(const Config& entry) {
  const Config* const module = entry.find("module");
  return module != nullptr && module->is_string() &&
         module->as_string().find(".ops.") != std::string::npos;
}

/// Of an argument of a layer; Keras 3 reads both.
std::string_view name_in_keras2(std::string_view class_name, std::string_view key) {
  if (class_name == "InputLayer" && key == "batch_shape") return "batch_input_shape";
  if (class_name == "LeakyReLU" && key == "negative_slope") return "alpha";
  return key;
}

Config layer(const Config& entry) {
  const Config& config = entry.at("config");
  if (stands_for_op(entry)) return entry;
  if (config.find("layers") != nullptr) return model(entry);
  Config result = Config::dict();
  result["class_name"] = registered_class_of(entry);
  // Layers of packages beside Keras read Keras 3's form alone, by modules and with what is None.
  const std::string& registered = result.at("class_name").as_string();
  const bool is_new = registered.starts_with("keras_rs>") || registered.starts_with("keras_hub>");
  const Config options = is_new ? config : plain(config);
  if (!options.is_dict()) {
    result["config"] = options;
    return result;
  }
  Config renamed = Config::dict();
  for (const auto& [key, value] : options.as_dict()) {
    if (is_of(key, {"optional", "rms_scaling"}) && value == Config(false)) continue;  // new
    if (key == "score_mode" && value == Config("dot")) continue;  // Keras 3 takes it for ops.dot
    renamed[name_in_keras2(entry.at("class_name").as_string(), key)] = value;
  }
  result["config"] = std::move(renamed);
  return result;
}

Config model(const Config& entry) {
  Config result = Config::dict();
  result["class_name"] = registered_class_of(entry);
  Config inner = Config::dict();
  const Config& given = entry.at("config");
  bool are_lists = true;
  for (const Config& item : given.at("layers").as_list()) {
    const Config* const calls = item.find("inbound_nodes");
    are_lists = are_lists && (calls == nullptr || !calls_as_lists(*calls).is_null());
  }
  for (const auto& [key, value] : given.as_dict()) {
    if (key != "layers") inner[key] = plain(value);
  }
  Config::List layers;
  for (const Config& item : given.at("layers").as_list()) {
    Config one = layer(item);
    for (const char* key : {"shared_object_id", "keratin"}) {
      if (const Config* const shared = item.find(key)) one[key] = *shared;
    }
    const Config* const calls = item.find("inbound_nodes");
    if (calls != nullptr) {
      one["name"] = item.at("name");
      one["inbound_nodes"] = are_lists ? calls_as_lists(*calls) : *calls;
    }
    layers.push_back(std::move(one));
  }
  inner["layers"] = std::move(layers);
  result["config"] = std::move(inner);
  return result;
}

}  // namespace

Config model_in_keras2_form(const Config& architecture) {
  const bool has_layers = architecture.at("config").find("layers") != nullptr;
  Config result = has_layers ? model(architecture) : layer(architecture);
  const bool is_old = has_activation(architecture, kOldSigmoid);
  if (is_old && has_activation(architecture, kSigmoid)) {
    invalid_argument("save_model",
                     "the model has hard_sigmoid as Keras 2 and as Keras 3 means it, which HDF5 of "
                     "Keras 2's kind cannot tell apart: save it as .keras.");
  }
  result["keras_version"] = is_old ? "2.15.0" : "3.0.0";
  if (const Config* const own = architecture.find("keratin")) {
    result["keratin"] = *own;
  } else if (is_old) {
    result["keratin"]["mask_policy"] = "keras3";  // which that version does not say
  }
  return result;
}

Config training_config_from(const Config& compile_config) {
  Config result = Config::dict();
  result["loss"] = plain(compile_config.at("loss"));
  for (const char* key : {"metrics", "weighted_metrics", "loss_weights"}) {
    const Config* const found = compile_config.find(key);
    result[key] = found == nullptr ? Config() : plain(*found);
  }
  const Config& optimizer = compile_config.at("optimizer");
  Config named = plain(optimizer, true);
  if (named.is_dict()) {
    named = Config(
        Config::Dict{{"class_name", named.at("class_name")}, {"config", named.at("config")}});
    // Keras 2.11 and later know their optimizers as registered classes, and by the plain names
    // those of 2.10, which take other arguments.
    const std::string& name = named.at("class_name").as_string();
    if (name.find('>') == name.npos) named["class_name"] = "Custom>" + name;
  }
  result["optimizer_config"] = std::move(named);
  return result;
}

}  // namespace keratin::saving
