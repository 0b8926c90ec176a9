// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/optimizers.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace keratin::optimizers {
namespace {

const NamedList<Optimizer>& list() {
  static const NamedList<Optimizer> kList(
      "keras.optimizers", "optimizer",
      {named_entry<Optimizer, SGD>("SGD", {"sgd"}),
       named_entry<Optimizer, RMSprop>("RMSprop", {"rmsprop"}),
       named_entry<Optimizer, Adam>("Adam", {"adam"}),
       named_entry<Optimizer, AdamW>("AdamW", {"adamw"}),
       named_entry<Optimizer, Adadelta>("Adadelta", {"adadelta"}),
       named_entry<Optimizer, Adagrad>("Adagrad", {"adagrad"}),
       named_entry<Optimizer, Adamax>("Adamax", {"adamax"}),
       named_entry<Optimizer, Nadam>("Nadam", {"nadam"}),
       named_entry<Optimizer, Ftrl>("Ftrl", {"ftrl"}),
       named_entry<Optimizer, Lion>("Lion", {"lion"}),
       named_entry<Optimizer, Lamb>("Lamb", {"lamb"}),
       named_entry<Optimizer, Adafactor>("Adafactor", {"adafactor"}),
       named_entry<Optimizer, Muon>("Muon", {"muon"}),
       named_entry<Optimizer, ScheduleFreeAdamW>("ScheduleFreeAdamW", {"schedulefreeadamw"}),
       named_entry<Optimizer, LossScaleOptimizer>("LossScaleOptimizer", {"lossscaleoptimizer"}),
       named_entry<Optimizer, MultiOptimizer>("MultiOptimizer", {"multioptimizer"})});
  return kList;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

/// Keras: upper and lower case are alike in the names of optimizers. Unknown names stay.
std::string class_name_of(std::string_view name) {
  for (const NamedEntry<Optimizer>& entry : list().entries()) {
    if (lower(name) == lower(entry.class_name)) return std::string(entry.class_name);
  }
  return std::string(name);
}

}  // namespace

std::span<const NamedEntry<Optimizer>> entries() { return list().entries(); }

std::shared_ptr<Optimizer> Optimizer::get(std::string_view name) {
  return list().get(class_name_of(name));
}

std::shared_ptr<Optimizer> Optimizer::deserialize(const Config& config) {
  if (config.is_string()) return get(config.as_string());
  Config named = config;
  named["class_name"] = class_name_of(config.at("class_name").as_string());
  return list().deserialize(named);
}

Config Optimizer::serialize() const { return list().serialize(class_name(), get_config()); }

}  // namespace keratin::optimizers
