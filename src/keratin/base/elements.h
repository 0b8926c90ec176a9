// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string_view>

#include "keratin/base/error.h"
#include "keratin/base/shape.h"

namespace keratin {

/// Throws std::invalid_argument unless each span of a public function has as many elements as
/// `shape` says.
inline void check_elements(std::string_view who, const Shape& shape,
                           std::initializer_list<std::size_t> sizes) {
  const std::int64_t wanted = shape.size();
  for (const std::size_t size : sizes) {
    if (size != static_cast<std::size_t>(wanted)) {
      invalid_argument(who, "shape ", shape, " has ", wanted, " elements. Received: ", size);
    }
  }
}

}  // namespace keratin
