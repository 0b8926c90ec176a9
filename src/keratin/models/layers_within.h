// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unordered_set>
#include <vector>

#include "keratin/layers/layer.h"

namespace keratin::models {

/// The layers that stand in a layer or a model, those within others too, each once: one in front of
/// what it holds. Not installed.
inline std::vector<layers::Layer*> layers_within(const layers::Layer& whole) {
  std::unordered_set<const layers::Layer*> seen;
  std::vector<layers::Layer*> found;
  const auto collect = [&](const auto& self, const layers::Layer& layer) -> void {
    for (const auto& part : layer.parts()) {
      if (!seen.insert(part.get()).second) continue;
      found.push_back(part.get());
      self(self, *part);
    }
  };
  collect(collect, whole);
  return found;
}

}  // namespace keratin::models
