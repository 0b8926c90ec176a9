// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/layers.h"

namespace keratin::layers {
namespace {

const NamedList<Layer>& list() {
  static const NamedList<Layer> all(
      "keras.layers", "layer",
      {named_entry<Layer, Activation>("Activation"),
       named_entry<Layer, Add>("Add"),
       named_entry<Layer, Average>("Average"),
       named_entry<Layer, Concatenate>("Concatenate"),
       named_entry<Layer, Dense>("Dense"),
       named_entry<Layer, Dot>("Dot"),
       named_entry<Layer, Dropout>("Dropout"),
       named_entry<Layer, Embedding>("Embedding"),
       named_entry<Layer, Flatten>("Flatten"),
       named_entry<Layer, GlobalAveragePooling1D>("GlobalAveragePooling1D"),
       named_entry<Layer, GlobalMaxPooling1D>("GlobalMaxPooling1D"),
       named_entry<Layer, GlobalSumPooling1D>("GlobalSumPooling1D"),
       named_entry<Layer, InputLayer>("InputLayer"),
       named_entry<Layer, Masking>("Masking"),
       named_entry<Layer, Maximum>("Maximum"),
       named_entry<Layer, Minimum>("Minimum"),
       named_entry<Layer, Multiply>("Multiply"),
       named_entry<Layer, Reshape>("Reshape"),
       named_entry<Layer, SpatialDropout1D>("SpatialDropout1D"),
       named_entry<Layer, Subtract>("Subtract")});
  return all;
}

}  // namespace

std::span<const NamedEntry<Layer>> all_layers() { return list().entries(); }
std::shared_ptr<Layer> Layer::deserialize(const Config& config) {
  return list().deserialize(config);
}
Config Layer::serialize() const { return list().serialize(class_name(), get_config()); }

}  // namespace keratin::layers
