// SPDX-License-Identifier: Apache-2.0
#include "keratin/models/shared_layers.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace keratin::models {
namespace {

constexpr std::string_view kId = "shared_object_id", kOurs = "keratin";

/// The entries of a layer, in the order in which they stand.
struct Places {
  std::vector<Config*> entries = {};
  const Config* home = nullptr;  // the model in which the first stands
  bool again_at_home = false;    // whether another stands there too, or in a model within
};

struct Entries {
  std::vector<Places> found;
  std::unordered_map<const layers::Layer*, std::size_t> places;
  std::vector<const Config*> around;  // the models that are being looked at, from the outermost

  void add(const layers::Layer* layer, Config& entry) {
    const auto [place, is_new] = places.emplace(layer, found.size());
    if (is_new) found.push_back({.home = around.back()});
    Places& of_layer = found[place->second];
    of_layer.entries.push_back(&entry);
    if (!is_new && std::ranges::find(around, of_layer.home) != around.end())
      of_layer.again_at_home = true;
  }
};

/// A name of a layer in an entry; null where there is none.
const std::string* name_in(const Config& entry) {
  const Config* const config = entry.find("config");
  const Config* const name = config == nullptr ? nullptr : config->find("name");
  return name != nullptr && name->is_string() ? &name->as_string() : nullptr;
}

void note_entries(Config& config, const Model& model, Entries& entries) {
  const Config* const inner = config.find("config");
  const Config* const list = inner == nullptr ? nullptr : inner->find("layers");
  if (list == nullptr || !list->is_list()) return;  // of a class of a user's own
  std::unordered_map<std::string_view, std::shared_ptr<layers::Layer>> by_name;
  const auto layers = model.layers();
  entries.around.push_back(&config);
  for (const auto& layer : layers) by_name.emplace(layer->name(), layer);
  for (Config& entry : config["config"]["layers"].as_list()) {
    const std::string* const name = name_in(entry);
    const auto found = name == nullptr ? by_name.end() : by_name.find(*name);
    if (found == by_name.end()) continue;
    entries.add(found->second.get(), entry);
    if (const auto* const within = dynamic_cast<const Model*>(found->second.get()))
      note_entries(entry, *within, entries);
  }
  entries.around.pop_back();
}

}  // namespace

void mark_shared_layers(Config& config, const Model& model) {
  Entries entries;
  note_entries(config, model, entries);
  std::int64_t number = 0;
  for (const Places& of_layer : entries.found) {
    if (of_layer.entries.size() < 2) continue;
    ++number;
    for (Config* const entry : of_layer.entries)
      (of_layer.again_at_home ? *entry : (*entry)[kOurs])[kId] = number;
  }
}

std::optional<SharedLayers::Key> SharedLayers::key_of(const Config& entry) {
  const Config* const ours = entry.find(kOurs);
  const Config* id = ours == nullptr ? nullptr : ours->find(kId);
  if (id == nullptr) id = entry.find(kId);
  const Config* const class_name = entry.find("class_name");
  const std::string* const name = name_in(entry);
  if (id == nullptr || !id->is_int() || name == nullptr || class_name == nullptr ||
      !class_name->is_string())
    return std::nullopt;
  return Key{id->as_int(), class_name->as_string(), *name};
}

std::shared_ptr<layers::Layer> SharedLayers::find(const Config& entry) const {
  const auto key = key_of(entry);
  const auto found = key ? made_.find(*key) : made_.end();
  return found == made_.end() ? nullptr : found->second;
}

void SharedLayers::keep(const Config& entry, std::shared_ptr<layers::Layer> layer) {
  if (auto key = key_of(entry)) made_.emplace(*std::move(key), std::move(layer));
}

}  // namespace keratin::models
