// SPDX-License-Identifier: Apache-2.0
#include "keratin/models/quantize.h"

#include <memory>
#include <stdexcept>
#include <unordered_set>

#include "keratin/base/error.h"
#include "keratin/layers/input_layer.h"

namespace keratin::models {

QuantizationReport quantize(Model& model, const QuantizationConfig& config,
                            const std::function<bool(const layers::Layer&)>& wanted) {
  if (!model.built()) {
    invalid_argument("quantize", "Cannot quantize a layer that isn't yet built. Model '",
                     model.name(), "' is not built yet.");
  }
  check(config);
  QuantizationReport report;
  std::unordered_set<const layers::Layer*> seen;
  std::vector<std::shared_ptr<layers::Layer>> open = model.parts();
  while (!open.empty()) {
    const std::shared_ptr<layers::Layer> layer = open.front();
    open.erase(open.begin());
    if (!seen.insert(layer.get()).second) continue;
    if (dynamic_cast<const Model*>(layer.get()) != nullptr) {
      const auto parts = layer->parts();
      open.insert(open.begin(), parts.begin(), parts.end());
      continue;
    }
    if (dynamic_cast<const layers::InputLayer*>(layer.get()) != nullptr) continue;
    if (wanted && !wanted(*layer)) {
      report.skipped.emplace_back(layer->path(), kFilteredOut);
      continue;
    }
    try {
      layer->quantize(config);
      report.quantized.push_back(layer->path());
    } catch (const std::invalid_argument& error) {
      report.skipped.emplace_back(layer->path(), error.what());
    }
  }
  return report;
}

}  // namespace keratin::models
