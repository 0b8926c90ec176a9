// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

/// How Keras writes an op and a call of it in a file. Not installed.
namespace keratin::ops {

/// An option of ours that Keras gives to the call, not to the class: the key of GetItem.
struct CallOption {
  std::string_view name;
  std::size_t place;  // among the arguments of the call; kByName: it is given by its name
};
inline constexpr std::size_t kByName = ~std::size_t{0};

struct CallForm {
  std::string_view module;                   // where Keras has the class: "keras.src.ops.nn"
  bool in_list = false;                      // its values stand in one list: Concatenate
  std::span<const CallOption> options = {};  // in ascending places
};

/// That of the op with this class name: most have no options in their calls.
CallForm call_form(std::string_view class_name);

/// Whether the entry of a file with this "module" is an op.
bool is_module_of_ops(std::string_view module);

}  // namespace keratin::ops
