// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

#include "keratin/layers/layer.h"

namespace keratin::layers {

/// What a layer is too whose call takes each of its inputs by itself, under a name: Keras's
/// arguments of `call`. Other layers take one, or several in a list.
class NamedValues {
 public:
  virtual ~NamedValues() = default;
  /// In their order; the last may be left out.
  virtual std::span<const std::string_view> value_names() const = 0;
};

/// Those of the layer; none where it is no such layer.
inline std::span<const std::string_view> value_names(const Layer& layer) {
  const auto* const named = dynamic_cast<const NamedValues*>(&layer);
  return named == nullptr ? std::span<const std::string_view>() : named->value_names();
}

/// What a layer is too whose values users have in lists and dicts of their own. Its inputs are such
/// structures, one or several, one behind another; so is its output.
class NestedValues {
 public:
  virtual ~NestedValues() = default;
  /// Lists and dicts with a null for each value, of dicts by sorted keys.
  virtual const Config& structure() const = 0;
};

}  // namespace keratin::layers
