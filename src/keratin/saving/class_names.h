// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

/// Names in configs of older Keras. Not installed.
namespace keratin::saving {

inline bool is_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// "Adam" of "Custom>Adam", as tf.keras 2 writes what was registered, and so of what is of a
/// package whose classes are here. Of a class of a user's the name that it was registered under.
inline std::string plain_class(std::string_view name) {
  for (const std::string_view package : {"Custom>", "keras_rs>", "keras_hub>", "keratin>"}) {
    if (name.starts_with(package)) return std::string(name.substr(package.size()));
  }
  return std::string(name);
}

}  // namespace keratin::saving
