// SPDX-License-Identifier: Apache-2.0
#include "keratin/models/model.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/formats/json.h"
#include "keratin/layers/rnn/recurrent.h"
#include "keratin/models/shared_layers.h"

namespace keratin::models {

std::string_view to_string(MaskPolicy policy) {
  switch (policy) {
    case MaskPolicy::kStrict:
      return "strict";
    case MaskPolicy::kKeras3:
      return "keras3";
    case MaskPolicy::kKeras2:
      break;
  }
  return "keras2";
}

std::optional<MaskPolicy> mask_policy_from(std::string_view name) {
  for (const MaskPolicy policy : {MaskPolicy::kStrict, MaskPolicy::kKeras3, MaskPolicy::kKeras2}) {
    if (name == to_string(policy)) return policy;
  }
  return std::nullopt;
}

Model::Model(std::string_view class_name, const std::optional<std::string>& name, MaskPolicy policy)
    : Layer({.class_name = std::string(class_name), .name = name}), mask_policy_(policy) {}

/// The rule for masks is the model's own, whatever it is part of.
Values Model::run(const Inputs& inputs, Pass& pass) const {
  const Pass::Training training(pass, inputs.options);
  const MaskPolicy outside = std::exchange(pass.mask_policy, mask_policy_);
  Values outputs;
  try {
    prepare(inputs);
    outputs = call(inputs, pass);
  } catch (...) {
    pass.mask_policy = outside;
    throw;
  }
  pass.mask_policy = outside;
  return outputs;
}

std::size_t run_size_with(std::size_t size, const Operation& operation) {
  const auto* inner = dynamic_cast<const Model*>(&operation);
  if (inner == nullptr) return size + 1;
  size += 2 * inner->run_size();
  if (size > Model::kLargestRun) {
    invalid_argument(operation.class_name(), "with a call of model '", operation.name(),
                     "' a run would be more than ", Model::kLargestRun,
                     " operations, those of models within models counted twice.");
  }
  return size;
}

void Model::add_to_run(const Operation& operation) {
  run_size_ = run_size_with(run_size_, operation);
  const auto* const layer = dynamic_cast<const layers::Layer*>(&operation);
  keeps_state_ = keeps_state_ || (layer != nullptr && layers::keeps_state(*layer));
}

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
    invalid_argument(class_name(), "there is no layer ", index, ": model '", name(), "' has ",
                     all.size(), " layers.");
  }
  return *all[index];
}

Config Model::architecture() const {
  Config config = serialize();
  if (mask_policy_ != MaskPolicy::kKeras3)
    config["keratin"]["mask_policy"] = to_string(mask_policy_);
  mark_shared_layers(config, *this);
  return config;
}

std::string Model::to_json() const { return formats::dump_json(architecture()); }

std::string Model::summary(const SummaryOptions& options) const {
  return summary_text(*this, options);
}

std::int64_t Model::count_params() const {
  if (!built()) {
    invalid_argument(class_name(), "model '", name(),
                     "' must be built before its parameters can be counted.");
  }
  return Layer::count_params();
}

std::vector<Variable*> Model::variables() const {
  std::vector<Variable*> result;
  for (const auto& weight : weights()) result.push_back(weight.get());
  return result;
}

}  // namespace keratin::models
