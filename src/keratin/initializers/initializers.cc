// SPDX-License-Identifier: Apache-2.0
#include "keratin/initializers/initializers.h"

#include "keratin/base/named_list.h"

namespace keratin::initializers {
namespace {

const NamedList<const Initializer>& list() {
  using T = const Initializer;
  static const NamedList<T> instance(
      "keras.initializers", "initializer",
      {
          named_entry<T, Constant>("Constant"),
          named_entry<T, Identity>("Identity", {"IdentityInitializer"}),
          named_entry<T, Ones>("Ones", {"one"}),
          named_entry<T, Zeros>("Zeros", {"zero"}),
          named_entry<T, GlorotNormal>("GlorotNormal"),
          named_entry<T, GlorotUniform>("GlorotUniform"),
          named_entry<T, HeNormal>("HeNormal"),
          named_entry<T, HeUniform>("HeUniform"),
          named_entry<T, LecunNormal>("LecunNormal"),
          named_entry<T, LecunUniform>("LecunUniform"),
          named_entry<T, Orthogonal>("Orthogonal", {"OrthogonalInitializer"}),
          named_entry<T, RandomNormal>("RandomNormal", {"normal"}),
          named_entry<T, RandomUniform>("RandomUniform", {"uniform"}),
          named_entry<T, TruncatedNormal>("TruncatedNormal"),
          named_entry<T, VarianceScaling>("VarianceScaling"),
      });
  return instance;
}

}  // namespace

std::span<const NamedEntry<const Initializer>> all_initializers() { return list().entries(); }

std::shared_ptr<const Initializer> Initializer::get(std::string_view name) {
  return list().get(name);
}

std::shared_ptr<const Initializer> Initializer::deserialize(const Config& config) {
  return list().deserialize(config);
}

Config Initializer::serialize() const { return list().serialize(class_name(), get_config()); }

}  // namespace keratin::initializers
