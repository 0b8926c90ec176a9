// SPDX-License-Identifier: Apache-2.0
#include "keratin/models/model.h"

#include "keratin/base/error.h"

namespace keratin::models {

layers::Layer& Model::get_layer(std::string_view name) const {
  const auto all = layers();
  for (const auto& layer : all) {
    if (layer->name() == name) return *layer;
  }
  std::vector<std::string_view> known;
  for (const auto& layer : all) known.push_back(layer->name());
  unknown_name(class_name(), "layer", name, known);
}

layers::Layer& Model::get_layer(std::size_t index) const {
  const auto all = layers();
  if (index >= all.size()) {
    invalid_argument(class_name(), "there is no layer ", index, ": model '", name_, "' has ",
                     all.size(), " layers.");
  }
  return *all[index];
}

std::int64_t Model::count_params() const {
  if (!built()) {
    invalid_argument(class_name(), "model '", name_,
                     "' must be built before its parameters can be counted.");
  }
  std::int64_t count = 0;
  for (const auto& layer : layers()) count += layer->count_params();
  return count;
}

std::vector<Variable*> Model::trainable_variables() const {
  std::vector<Variable*> result;
  for (const auto& layer : layers()) {
    const auto weights = layer->trainable_weights();
    result.insert(result.end(), weights.begin(), weights.end());
  }
  return result;
}

std::vector<Variable*> Model::variables() const {
  std::vector<Variable*> result;
  for (const auto& layer : layers()) {
    for (const auto& weight : layer->weights()) result.push_back(weight.get());
  }
  return result;
}

}  // namespace keratin::models
