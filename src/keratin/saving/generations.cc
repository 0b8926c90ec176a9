// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/generations.h"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/formats/json.h"
#include "keratin/models/graph_calls.h"
#include "keratin/models/model.h"
#include "keratin/saving/class_names.h"
#include "keratin/saving/keras1.h"
#include "keratin/saving/tf_functions.h"

namespace keratin::saving {
namespace {

bool is_model(std::string_view class_name) {
  return is_of(class_name, {"Sequential", "Functional", "Model"});
}

const std::string& class_name_of(const Config& entry) {
  entry.as_dict();
  return entry.at("class_name").as_string();
}

const Config::List* list_at(const Config& config, std::string_view key) {
  const Config* found = config.find(key);
  return found != nullptr && found->is_list() ? &found->as_list() : nullptr;
}

Config without(const Config& config, std::initializer_list<std::string_view> keys) {
  Config kept = Config::dict();
  for (const auto& [key, value] : config.as_dict()) {
    if (!is_of(key, keys)) kept[key] = value;
  }
  return kept;
}

/// Gives what stands under `from` another key, unless that is there.
void rename(Config& config, std::string_view from, std::string_view to) {
  const Config* const found = config.find(from);
  if (found == nullptr || config.find(to) != nullptr) return;
  const Config value = *found;  // a new key moves the others
  config[to] = value;
  config = without(config, {from});
}

// -- which Keras wrote it ------------------------------------------------------------------------

int from_version(std::string_view version) {
  if (version.empty() || version[0] < '0' || version[0] > '9') return 0;
  return version[0] <= '1' ? 1 : version[0] == '2' ? 2 : 3;
}

/// 1, 2 or 3 where the form tells; 0 where it does not.
int from_form(const Config& model) {
  const Config* config = model.find("config");
  if (config == nullptr) return 0;
  if (config->is_list()) return 2;
  const Config::List* layers = list_at(*config, "layers");
  if (layers == nullptr) return 0;
  for (const Config& entry : *layers) {
    const Config* inner = entry.find("config");
    if (inner == nullptr) continue;
    if (inner->find("batch_input_shape") != nullptr) return 2;
    if (inner->find("batch_shape") != nullptr) return 3;
    if (const Config::List* nodes = list_at(entry, "inbound_nodes"); nodes && !nodes->empty())
      return (*nodes)[0].is_list() ? 2 : 3;
    const Config* name = entry.find("class_name");
    if (name != nullptr && name->is_string() && is_model(name->as_string())) {
      if (const int found = from_form(entry)) return found;
    }
  }
  return 0;
}

int generation_of(const Config& model, std::string_view version) {
  const int said = from_version(version);
  const int seen = said == 0 ? from_form(model) : said;
  return seen == 0 ? 3 : seen;
}

// -- layers of Keras 1 and 2 ---------------------------------------------------------------------

/// The name of Keras 2's function clip(0.2 x + 0.5, 0, 1), which Keras 3 gave to another one.
Config activation_of_keras2(const Config& config) {
  if (config.is_string() && config.as_string() == "hard_sigmoid") return "keras2_hard_sigmoid";
  const Config* inner = config.find("config");
  const Config* name = config.find("class_name");
  if (name == nullptr || inner == nullptr) return config;
  return *name == Config("hard_sigmoid") || *inner == Config("hard_sigmoid")
             ? Config("keras2_hard_sigmoid")
             : config;
}

/// "float32", of {"class_name": "Policy", "config": {"name": "float32"}} too.
Config dtype_of(const Config& config) {
  const Config* inner = config.find("config");
  const Config* name = inner == nullptr ? nullptr : inner->find("name");
  return name == nullptr ? config : *name;
}

class Keras2Layers {
 public:
  /// `in_todays_words`: Keras 2's form, in which names mean what they mean in Keras 3.
  explicit Keras2Layers(int generation, bool in_todays_words)
      : generation_(generation), in_todays_words_(in_todays_words) {}

  Config model(const Config& entry) const {
    const std::string& class_name = class_name_of(entry);
    Config result = entry;
    result["class_name"] = class_name == "Model" ? std::string("Functional") : class_name;
    at_place("config", [&] {
      const Config& given = entry.at("config");
      Config inner = given;
      if (given.is_list()) {
        inner = Config::dict();
        inner["layers"] = given;
      }
      if (inner.is_dict()) {
        at_place("layers",
                 [&] { inner["layers"] = layers(inner.at("layers"), class_name == "Sequential"); });
      }
      result["config"] = std::move(inner);
    });
    return result;
  }

 private:
  Config layers(const Config& given, bool in_a_row) const {
    Config::List result;
    const Config::List& entries = given.as_list();
    for (std::size_t i = 0; i < entries.size(); ++i) {
      at_place(i, [&] {
        if (i == 0 && in_a_row) add_input(entries[i], result);
        if (stands_for_tf_function(class_name_of(entries[i]))) {
          std::ranges::move(ops_for_tf_function(entries[i]), std::back_inserter(result));
        } else {
          result.push_back(entry(entries[i]));
        }
        if (in_a_row) settle_size(result);
      });
    }
    return result;
  }

  /// Keras 1 and 2 may say the shape of the inputs in the first layer. Where that is a model, its
  /// own first layer does.
  static void add_input(const Config& first, Config::List& result) {
    const Config* inner = first.find("config");
    const Config* shape = inner == nullptr ? nullptr : inner->find("batch_input_shape");
    if (shape == nullptr || shape->is_null() || class_name_of(first) == "InputLayer") return;
    Config input = Config::dict();
    input["class_name"] = "InputLayer";
    input["config"]["batch_shape"] = *shape;
    if (const Config* dtype = inner->find("input_dtype"); dtype != nullptr && dtype->is_string())
      input["config"]["dtype"] = *dtype;
    if (const Config* name = inner->find("name"); name != nullptr && name->is_string())
      input["config"]["name"] = name->as_string() + "_input";
    result.push_back(std::move(input));
  }

  /// tf.keras says of a Sequential that begins with one what the first layer of that says of
  /// itself, which of an Embedding is (None, None): what the inner model takes counts.
  static void settle_size(Config::List& layers) {
    if (layers.size() != 2 || class_name_of(layers[0]) != "InputLayer" ||
        !is_model(class_name_of(layers[1])))
      return;
    const Config::List* const within = list_at(layers[1].at("config"), "layers");
    if (within == nullptr || within->empty() || class_name_of((*within)[0]) != "InputLayer") return;
    const Config::List* const outer = list_at(layers[0].at("config"), "batch_shape");
    const Config::List* const inner = list_at((*within)[0].at("config"), "batch_shape");
    if (outer == nullptr || inner == nullptr || outer->size() != inner->size()) return;
    Config::List shape = *outer;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (shape[i].is_null()) shape[i] = (*inner)[i];
    }
    layers[0]["config"]["batch_shape"] = Config(std::move(shape));
  }

  /// Keras 2 counts the states that a recurrent layer begins with among its inputs.
  static Config with_initial_state(const Config& calls) {
    if (!calls.is_list()) return calls;
    Config::List result = calls.as_list();
    for (Config& call : result) {
      const auto is_tensor = [](const Config& item) {
        return item.is_list() && item.as_list().size() >= 3;
      };
      if (!call.is_list() || call.as_list().size() < 2 ||
          !std::ranges::all_of(call.as_list(), is_tensor))
        continue;
      const Config::List& tensors = call.as_list();
      Config::List states;
      for (std::size_t i = 1; i < tensors.size(); ++i) {
        const Config::List& state = tensors[i].as_list();
        states.push_back(Config(Config::List{state[0], state[1], state[2]}));
      }
      const Config::List& first = tensors[0].as_list();
      Config kwargs = first.size() > 3 && first[3].is_dict() ? first[3] : Config::dict();
      kwargs["initial_state"] = Config(std::move(states));
      call = Config(Config::List{Config(Config::List{first[0], first[1], first[2], kwargs})});
    }
    return result;
  }

  Config entry(const Config& given) const {
    const std::string& class_name = class_name_of(given);
    if (models::names_op(given)) return given;  // as Keras 3 has it: its options are no layer's
    if (is_model(class_name)) return model(given);
    Config result = given;
    std::string name = plain_class(class_name);
    if (name != class_name) result["registered_name"] = class_name;
    if (const Config* config = given.find("config"); config != nullptr && config->is_dict())
      at_place("config", [&] { result["config"] = layer(name, *config); });
    if (is_of(name, {"LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional"})) {
      if (const Config* calls = given.find("inbound_nodes"))
        result["inbound_nodes"] = with_initial_state(*calls);
    }
    result["class_name"] = name;
    return result;
  }

  /// What Keras 2 wrote of a layer that has no such argument, where it is as Keras 3 has it.
  static Config without_old_arguments(const std::string& class_name, const Config& config) {
    if (class_name == "MultiHeadAttention") {  // what it was built for, and how masked scores are
      return without(config, {"query_shape", "key_shape", "value_shape", "softmax_robust_masking"});
    }
    Config kept = config;
    if (class_name == "SeparableConv1D") {  // its base's, which have no effect
      kept = without(kept, {"kernel_initializer", "kernel_regularizer", "kernel_constraint"});
    }
    const Config* const groups = config.find("groups");
    const bool has_none = is_of(class_name, {"SeparableConv1D", "Conv1DTranspose"});
    if (has_none && groups != nullptr && *groups == Config(1)) kept = without(kept, {"groups"});
    return kept;
  }

  /// The config of a layer; gives its class another name where Keras 3 has another.
  Config layer(std::string& class_name, const Config& given) const {
    Config config = given;
    if (generation_ == 1) rename_keras1(class_name, config);
    settle_input(class_name, config);
    config = without(config, {"batch_input_shape", "input_dtype", "implementation", "time_major"});
    const Config before = config;
    for (const auto& [key, value] : before.as_dict()) {
      if (!in_todays_words_ && is_of(key, {"activation", "recurrent_activation"})) {
        config[key] = activation_of_keras2(value);
      } else if (key == "dtype") {
        config[key] = dtype_of(value);
      } else if (is_of(key, {"layer", "backward_layer", "forward_layer", "cell"}) &&
                 value.find("class_name") != nullptr) {
        at_place(key, [&, &key = key, &value = value] { config[key] = entry(value); });
      } else if (key == "cells" && value.is_list()) {
        at_place(key, [&, &key = key, &value = value] { config[key] = layers(value, false); });
      }
    }
    config = without_old_arguments(class_name, config);
    settle_recurrent(class_name, config);
    const Config* axis = config.find("axis");
    if (class_name == "BatchNormalization" && axis != nullptr && axis->is_list() &&
        axis->as_list().size() == 1)
      config["axis"] = Config(axis->as_list()[0]);
    if (class_name == "LeakyReLU") rename(config, "alpha", "negative_slope");
    // Keras 2.0 to 2.2 wrote the type of the ids there, not of the vectors, tf.keras that of texts.
    const Config* dtype = config.find("dtype");
    if (class_name != "InputLayer" && dtype != nullptr && dtype->is_string() &&
        (dtype->as_string().starts_with("int") || dtype->as_string().starts_with("uint") ||
         dtype->as_string() == "string"))
      config = without(config, {"dtype"});
    return config;
  }

  static void settle_input(const std::string& class_name, Config& config) {
    if (class_name != "InputLayer") return;
    rename(config, "batch_input_shape", "batch_shape");
    rename(config, "input_dtype", "dtype");
  }

  static void settle_recurrent(std::string& class_name, Config& config) {
    const bool is_lstm = class_name == "CuDNNLSTM";
    if (is_lstm || class_name == "CuDNNGRU") {
      class_name = class_name.substr(5);
      config["activation"] = "tanh";
      config["recurrent_activation"] = "sigmoid";
      if (!is_lstm) config["reset_after"] = true;
    }
    if (class_name == "GRU" && config.find("reset_after") == nullptr) config["reset_after"] = false;
  }

  int generation_;
  bool in_todays_words_;
};

/// Keratin's own word beside the config: the one thing that Keras's form has no place for.
std::optional<MaskPolicy> own_policy(const Config& config) {
  const Config* own = config.find("keratin");
  const Config* name = own == nullptr ? nullptr : own->find("mask_policy");
  if (name == nullptr || !name->is_string()) return std::nullopt;
  return models::mask_policy_from(name->as_string());
}

}  // namespace

Architecture in_keras3_form(Config config, std::string_view keras_version) {
  if (!config.is_dict()) {
    invalid_argument("models", "the config of a model must be a dict of class_name and config.");
  }
  Architecture found;
  const Config* version = config.find("keras_version");
  if (!keras_version.empty()) {
    found.keras_version = keras_version;
  } else if (version != nullptr && version->is_string()) {
    found.keras_version = version->as_string();
  }
  const int generation = generation_of(config, found.keras_version);
  found.mask_policy =
      own_policy(config).value_or(generation == 3 ? MaskPolicy::kKeras3 : MaskPolicy::kKeras2);
  found.config = without(config, {"keras_version", "backend", "keratin"});
  if (!is_model(class_name_of(config))) return found;
  if (generation < 3) {
    // Keras 1 and 2 differ in the names of arguments alone, and where nothing says which of them
    // it is the form is that of both.
    const bool is_old = generation == 1 || found.keras_version.empty();
    found.config = Keras2Layers(is_old ? 1 : 2, false).model(found.config);
  } else if (from_form(config) == 2) {
    found.config = Keras2Layers(2, true).model(found.config);  // of legacy_writer.h
  }
  return found;
}

Architecture architecture_from_json(std::string_view json, std::string_view keras_version,
                                    std::shared_ptr<const void> keeper, std::uint64_t file_size) {
  constexpr std::uint64_t kFree = std::uint64_t{8} << 20;
  formats::JsonKeeper kept{
      std::move(keeper),
      static_cast<std::size_t>((std::max<std::uint64_t>(file_size, json.size()) + kFree) /
                               sizeof(double))};
  Config config = formats::parse_json(json, kMostConfigValues, &kept);
  for (int times = 0; config.is_string() && times < 2; ++times) {
    const auto text = std::make_shared<const std::string>(config.as_string());
    kept.keeper = text;
    config = formats::parse_json(*text, kMostConfigValues, &kept);
  }
  return in_keras3_form(std::move(config), keras_version);
}

}  // namespace keratin::saving
