// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/layers.h"

#include <vector>

namespace keratin::layers {
namespace {

template <class... Layers>
std::vector<NamedEntry<Layer>> entries_of(Classes<Layers...>) {
  return {named_entry<Layer, Layers>(Layers::kName)...};
}

/// The package that registers the class, "keras_hub", where it is not Keras's own; else empty.
template <class... Layers>
std::string_view package_of(std::string_view class_name, Classes<Layers...>) {
  std::string_view package;
  const auto look = [&]<class L>(Classes<L>) {
    if constexpr (requires { L::kPackage; }) {
      if (class_name == L::kName) package = L::kPackage;
    }
  };
  (look(Classes<Layers>()), ...);
  return package;
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
Config Layer::serialize() const {
  Config written = list().serialize(class_name(), get_config());
  const std::string_view package = package_of(class_name(), AllLayers());
  if (!package.empty()) {
    written["module"] = str(package, ".layers");
    written["registered_name"] = str(package, ">", class_name());
  }
  return written;
}

}  // namespace keratin::layers
