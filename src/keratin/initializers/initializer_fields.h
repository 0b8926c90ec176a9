// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "keratin/base/fields.h"
#include "keratin/initializers/initializer.h"

/// What the lists of options of initializers have in common. Not installed.
namespace keratin::initializers {

/// A seed as a config has it: a number, none, or, where a SeedGenerator was given, its config.
struct PlainSeed {
  std::optional<std::int64_t> value;
};
inline Config to_config(const PlainSeed& seed) { return keratin::to_config(seed.value); }
inline void from_config(const Config& config, PlainSeed& seed) {
  if (!config.is_dict()) return keratin::from_config(config, seed.value);
  const Config* inner = config.find("config");
  const Config* plain = inner ? inner->find("seed") : nullptr;
  keratin::from_config(plain ? *plain : Config(), seed.value);
}

template <class F>
void seed_field(F& f, std::optional<std::int64_t>& seed) {
  PlainSeed plain{seed};
  f("seed", plain);
  seed = plain.value;
}

}  // namespace keratin::initializers
