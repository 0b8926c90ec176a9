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

/// "Adam" of "Custom>Adam", as tf.keras 2 writes what was registered.
inline std::string plain_class(std::string_view name) {
  constexpr std::string_view kCustom = "Custom>";
  return std::string(name.starts_with(kCustom) ? name.substr(kCustom.size()) : name);
}

}  // namespace keratin::saving
