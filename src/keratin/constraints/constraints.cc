// SPDX-License-Identifier: Apache-2.0
#include "keratin/constraints/constraints.h"

#include "keratin/base/named_list.h"

namespace keratin::constraints {
namespace {

const NamedList<const Constraint>& list() {
  static const NamedList<const Constraint> all(
      "keras.constraints", "constraint",
      {
          named_entry<const Constraint, MaxNorm>("MaxNorm"),
          named_entry<const Constraint, MinMaxNorm>("MinMaxNorm"),
          named_entry<const Constraint, NonNeg>("NonNeg"),
          named_entry<const Constraint, UnitNorm>("UnitNorm"),
      });
  return all;
}

}  // namespace

std::span<const NamedEntry<const Constraint>> entries() { return list().entries(); }

std::shared_ptr<const Constraint> Constraint::get(std::string_view name) {
  return list().get(name);
}

std::shared_ptr<const Constraint> Constraint::deserialize(const Config& config) {
  return list().deserialize(config);
}

Config Constraint::serialize() const { return list().serialize(class_name(), get_config()); }

}  // namespace keratin::constraints
