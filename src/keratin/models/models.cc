// SPDX-License-Identifier: Apache-2.0
#include "keratin/models/models.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/base/format_error.h"
#include "keratin/base/named_list.h"
#include "keratin/layers/layers.h"
#include "keratin/models/graph_calls.h"
#include "keratin/models/shared_layers.h"

namespace keratin::models {
namespace {

/// Null for a class that is no model. Keras 2 wrote "Model" of what is "Functional" today.
std::shared_ptr<Model> model_of(std::string_view class_name, const Config& config,
                                const LoadOptions& options) {
  const bool is_graph = class_name == "Functional" || class_name == "Model";
  if (!is_graph && class_name != "Sequential") return nullptr;
  const Config& inner = config.at("config");
  return at_place("config", [&]() -> std::shared_ptr<Model> {
    if (is_graph) return std::make_shared<Functional>(Functional::from_config(inner, options));
    return std::make_shared<Sequential>(Sequential::from_config(inner, options));
  });
}

const LayerMaker* custom(const Config& entry, const LoadOptions& options) {
  for (const std::string_view name : names_of_class(entry)) {
    const auto found = options.custom_objects.find(name);
    if (found != options.custom_objects.end()) return &found->second;
  }
  return nullptr;
}

/// Of a class that no list has: of a user's own, or code.
[[noreturn]] void refuse_class(const std::string& class_name, const Config& entry) {
  if (class_name == "Lambda") {
    invalid_argument(
        "models",
        "a Lambda is code, which is never read from a file: give a layer that does the "
        "same as \"Lambda\" in custom_objects.");
  }
  const std::string_view registered = names_of_class(entry)[0];
  const std::string also = registered == class_name ? "" : str(" (", in_quotes(registered), ")");
  std::vector<std::string_view> known;
  for (const auto& one : layers::all_layers()) known.push_back(one.class_name);
  invalid_argument("models", "unknown layer: ", in_quotes(class_name), also, ".",
                   did_you_mean(class_name, known),
                   " A layer of one's own is given in custom_objects.");
}

/// The entry of a layer, with those of its arguments made that are layers themselves, or models.
Config with_layers_made(const Config& entry, const LoadOptions& options) {
  const Config* const config = entry.find("config");
  if (config == nullptr || !config->is_dict()) return entry;
  std::vector<std::pair<std::string_view, std::shared_ptr<layers::Layer>>> made;
  for (const auto& [key, value] : config->as_dict()) {
    if (!is_layer(value)) continue;
    made.emplace_back(key, at_place("config", [&] {
                        return at_place(key, [&] { return layer_from_config(value, options); });
                      }));
  }
  if (made.empty()) return entry;
  Config result = entry;
  for (auto& [key, layer] : made) result["config"][key] = Config::object(std::move(layer));
  return result;
}

std::shared_ptr<layers::Layer> made_from(const Config& entry, const LoadOptions& options) {
  if (const LayerMaker* maker = custom(entry, options)) {
    const Config* inner = entry.find("config");
    return at_place("config", [&] {
      auto layer = (*maker)(inner == nullptr ? Config() : *inner);
      if (!layer) invalid_argument("models", "the custom object gave no layer.");
      return layer;
    });
  }
  if (names_op(entry)) return nullptr;
  const std::string& class_name = entry.at("class_name").as_string();
  if (auto model = model_of(class_name, entry, options)) return model;
  if (!is_listed(layers::all_layers(), class_name)) refuse_class(class_name, entry);
  return layers::Layer::deserialize(with_layers_made(entry, options));
}

}  // namespace

bool is_layer(const Config& entry) {
  const Config* const config = entry.find("config");
  return config != nullptr && entry.find("class_name") != nullptr &&
         (config->find("trainable") != nullptr || config->find("layers") != nullptr);
}

std::shared_ptr<layers::Layer> layer_from_config(const Config& entry, const LoadOptions& options) {
  if (!options.shared_layers) return made_from(entry, options);
  if (auto known = options.shared_layers->find(entry)) return known;
  std::shared_ptr<layers::Layer> layer = made_from(entry, options);
  options.shared_layers->keep(entry, layer);
  return layer;
}

std::shared_ptr<Model> deserialize(const Config& config, const LoadOptions& options) {
  config.as_dict();
  const std::string& class_name = config.at("class_name").as_string();
  LoadOptions sharing = options;
  sharing.shared_layers = std::make_shared<SharedLayers>();
  if (auto model = model_of(class_name, config, sharing)) return model;
  constexpr std::string_view kKnown[] = {"Functional", "Sequential"};
  unknown_name("models", "model", class_name, kKnown);
}

}  // namespace keratin::models
