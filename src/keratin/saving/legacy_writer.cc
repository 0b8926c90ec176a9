// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/legacy_writer.h"

#include <memory>
#include <unordered_set>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/formats/json.h"
#include "keratin/saving/keras2_form.h"
#include "keratin/saving/weights_writer.h"

namespace keratin::saving {
namespace {

using formats::hdf5::Writer;

/// A group of weights, with their names in order.
void add_weights(Writer& writer, const std::string& group,
                 const std::vector<std::shared_ptr<Variable>>& weights) {
  writer.group(group);
  std::vector<std::string> names;
  std::unordered_set<std::string> used;
  for (const std::shared_ptr<Variable>& weight : weights) {
    std::string name = weight->path();
    if (!used.insert(name).second) name = str(name, "_", names.size());
    add_weight(writer, str(group, "/", name), weight);
    names.push_back(std::move(name));
  }
  writer.texts(group, "weight_names", names);
}

}  // namespace

Writer legacy_writer(const Config& config, const Config& compile_config, const WeightPaths& paths,
                     NamedState state) {
  Writer writer;
  const Config model = model_in_keras2_form(config);
  const std::string& version = model.at("keras_version").as_string();
  const auto say_who = [&](std::string_view group) {
    writer.text(group, "keras_version", version);
    writer.text(group, "backend", "tensorflow");
  };
  say_who("");
  writer.text("", "model_config", formats::dump_json(model));
  if (!compile_config.is_null()) {
    writer.text("", "training_config", formats::dump_json(training_config_from(compile_config)));
  }
  writer.group("model_weights");
  std::vector<std::string> layers;
  for (const ListedLayer& layer : paths.listed) {
    add_weights(writer, "model_weights/" + layer.name, layer.weights);
    layers.push_back(layer.name);
  }
  add_weights(writer, "model_weights/top_level_model_weights", trained_first(paths.own));
  writer.texts("model_weights", "layer_names", layers);
  say_who("model_weights");
  if (compile_config.is_null() || state.tensors.empty()) return writer;
  writer.group("optimizer_weights");
  std::vector<std::string> names;
  std::unordered_set<std::string> used;  // an optimizer within one counts its steps too
  for (std::size_t i = 0; i < state.tensors.size(); ++i) {
    std::string name = state.names[i];
    if (name == "learning_rate") continue;  // Keras 2 has it in the config alone
    if (!used.insert(name).second) name = str(name, "_", names.size());
    add_tensor(writer, "optimizer_weights/" + name, std::move(state.tensors[i]));
    names.push_back(std::move(name));
  }
  writer.texts("optimizer_weights", "weight_names", names);
  return writer;
}

}  // namespace keratin::saving
