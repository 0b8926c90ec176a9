// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "keratin/models/model.h"

/// Layers that stand in several places of a model's config: in a model and in one within it. A
/// model cut out of another has its layers. As in Keras, their entries have a "shared_object_id".
/// Not installed.
namespace keratin::models {

/// Gives the entries of layers that `config`, of the model, has more than once their number: as
/// "shared_object_id" where Keras writes one too, for layers that stand in the model in which the
/// first entry stands, or within it; else, where Keras has copies and cannot read a shared one, as
/// {"keratin": {"shared_object_id": number}}.
void mark_shared_layers(Config& config, const Model& model);

/// What was made while a config is read.
class SharedLayers {
 public:
  /// The layer that an entry of this number, class and name became before; null where there is
  /// none, or the entry has no number.
  std::shared_ptr<layers::Layer> find(const Config& entry) const;
  void keep(const Config& entry, std::shared_ptr<layers::Layer> layer);

 private:
  using Key = std::tuple<std::int64_t, std::string, std::string>;
  static std::optional<Key> key_of(const Config& entry);
  std::map<Key, std::shared_ptr<layers::Layer>> made_;
};

}  // namespace keratin::models
