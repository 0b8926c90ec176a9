// SPDX-License-Identifier: Apache-2.0
#include "keratin/regularizers/regularizers.h"

#include "keratin/base/named_list.h"

namespace keratin::regularizers {
namespace {

const NamedList<const Regularizer>& list() {
  static const NamedList<const Regularizer> all(
      "keras.regularizers", "regularizer",
      {
          named_entry<const Regularizer, L1>("L1"),
          named_entry<const Regularizer, L2>("L2"),
          named_entry<const Regularizer, L1L2>("L1L2", {"l1_l2"}),
          named_entry<const Regularizer, OrthogonalRegularizer>("OrthogonalRegularizer",
                                                                {"orthogonal"}),
      });
  return all;
}

}  // namespace

std::span<const NamedEntry<const Regularizer>> entries() { return list().entries(); }

std::shared_ptr<const Regularizer> Regularizer::get(std::string_view name) {
  // Keras: its documentation gives this name 0.01 for both, the class itself 0.
  if (name == "l1_l2") return std::make_shared<const L1L2>(L1L2Options{.l1 = 0.01, .l2 = 0.01});
  return list().get(name);
}

std::shared_ptr<const Regularizer> Regularizer::deserialize(const Config& config) {
  return config.is_string() ? get(config.as_string()) : list().deserialize(config);
}

Config Regularizer::serialize() const { return list().serialize(class_name(), get_config()); }

}  // namespace keratin::regularizers
