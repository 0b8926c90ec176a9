// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/layers.h"

#include <vector>

namespace keratin::layers {
namespace {

template <class... Layers>
std::vector<NamedEntry<Layer>> entries_of(Classes<Layers...>) {
  return {named_entry<Layer, Layers>(Layers::kName)...};
}

const NamedList<Layer>& list() {
  static const NamedList<Layer> all("keras.layers", "layer", entries_of(AllLayers()));
  return all;
}

}  // namespace

std::span<const NamedEntry<Layer>> all_layers() { return list().entries(); }
std::shared_ptr<Layer> Layer::deserialize(const Config& config) {
  return list().deserialize(config);
}
Config Layer::serialize() const { return list().serialize(class_name(), get_config()); }

}  // namespace keratin::layers
