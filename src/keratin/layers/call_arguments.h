// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/error.h"
#include "keratin/graph/value.h"

/// What the calls of layers are given beside their inputs. Not installed.
namespace keratin::layers {

/// An option of the call that is true or false: {"use_causal_mask": true}.
inline bool flag(const Inputs& inputs, std::string_view name) {
  const Config* const given = inputs.options.is_null() ? nullptr : inputs.options.find(name);
  return given != nullptr && !given->is_null() && given->as_bool();
}

/// The value of that name, which may be none.
inline Value named(const Inputs& inputs, std::string_view name) {
  const Values* const given = inputs.find(name);
  return given == nullptr || given->empty() ? Value() : (*given)[0];
}

}  // namespace keratin::layers
