// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/initializers/initializer.h"

/// Not installed.
namespace keratin::layers {

/// Keras: parts of a layer have initializers of their own, so that two of one shape differ unless a
/// seed was given.
inline Identifier<const initializers::Initializer> another_initializer(
    const Identifier<const initializers::Initializer>& initializer) {
  if (!initializer) return initializer;
  const Config config = initializer->get_config();
  const Config* const seed = config.is_dict() ? config.find("seed") : nullptr;
  if (seed == nullptr || !seed->is_null()) return initializer;
  return initializers::Initializer::deserialize(initializer->serialize());
}

}  // namespace keratin::layers
