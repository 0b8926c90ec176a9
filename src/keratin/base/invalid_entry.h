// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/base/error.h"

namespace keratin {

/// An entry of the data that is of the wrong kind, such as the id 1.5. Its text names the position,
/// as that of a std::out_of_range does.
class InvalidEntry : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

/// Throws InvalidEntry with the text `[who] message...`.
template <class... Args>
[[noreturn]] void invalid_entry(std::string_view who, const Args&... message) {
  throw InvalidEntry(str("[", who, "] ", message...));
}

}  // namespace keratin
