// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/weight_paths.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "keratin/base/auto_name.h"
#include "keratin/base/error.h"

namespace keratin::saving {
namespace {

/// "dense", "dense_1" ... of the layers side by side.
class Names {
 public:
  std::string next(std::string_view class_name) {
    std::string name = to_snake_case(class_name);
    const std::size_t number = used_[name]++;
    return number == 0 ? name : str(name, "_", number);
  }

 private:
  std::unordered_map<std::string, std::size_t> used_;
};

}  // namespace

std::vector<std::shared_ptr<Variable>> as_saved(const layers::Layer& layer,
                                                std::vector<std::shared_ptr<Variable>> own,
                                                Form form) {
  // What is kept beside the weights is never joined to them.
  if (form == Form::kApart && !layer.keeps_more_than_weights()) return own;
  return layer.as_saved(std::move(own));
}

namespace {

std::vector<std::shared_ptr<Variable>> own_weights(const layers::Layer& layer, Form form) {
  std::unordered_set<const Variable*> of_parts;
  for (const auto& part : layer.parts()) {
    for (const auto& weight : part->weights()) of_parts.insert(weight.get());
  }
  std::vector<std::shared_ptr<Variable>> own;
  for (auto& weight : layer.weights()) {
    if (!of_parts.contains(weight.get())) own.push_back(std::move(weight));
  }
  return as_saved(layer, std::move(own), form);
}

void walk(const layers::Layer& layer, Form form, const std::string& path,
          std::unordered_set<const layers::Layer*>& seen, std::vector<WeightsOfLayer>& found,
          layers::Layer* changeable = nullptr) {
  if (!seen.insert(&layer).second) return;
  found.push_back({path, layer.name(), own_weights(layer, form), changeable});
  std::string under = path.empty() ? "" : path + "/";
  if (dynamic_cast<const models::Model*>(&layer) != nullptr) under += "layers/";
  Names names;
  const auto parts = layer.parts();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string_view known = layer.name_of_part(i);
    walk(*parts[i], form, under + (known.empty() ? names.next(parts[i]->class_name()) : str(known)),
         seen, found, parts[i].get());
  }
}

}  // namespace

std::vector<std::shared_ptr<Variable>> trained_first(
    std::vector<std::shared_ptr<Variable>> weights) {
  std::stable_partition(weights.begin(), weights.end(),
                        [](const auto& weight) { return weight->trainable(); });
  return weights;
}

std::vector<WeightsOfLayer> weights_within(const layers::Layer& layer, Form form) {
  std::unordered_set<const layers::Layer*> seen;
  std::vector<WeightsOfLayer> found;
  walk(layer, form, "", seen, found);
  return found;
}

WeightPaths weight_paths(const models::Model& model, Form form) {
  WeightPaths paths;
  std::unordered_set<const layers::Layer*> seen;
  walk(model, form, "", seen, paths.layers);
  for (const auto& layer : model.layers())
    paths.listed.push_back({layer->name(), trained_first(layer->weights()), layer.get()});
  paths.own = own_weights(model, form);
  return paths;
}

}  // namespace keratin::saving
