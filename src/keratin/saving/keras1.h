// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "keratin/base/config.h"

/// Keras 1's names of layers and of their arguments. Not installed.
namespace keratin::saving {

/// Gives a layer's config the names that Keras 2 has for it; what has no Keras 1 name stays.
/// Source: keras.legacy.interfaces of Keras 2.3.
void rename_keras1(std::string& class_name, Config& config);

}  // namespace keratin::saving
