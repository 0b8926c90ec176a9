// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "keratin/base/precision.h"
#include "keratin/layers/embedding.h"

namespace keratin::python {

/// How a table is stored, by Python's names. Throw std::invalid_argument for others.
layers::RowsDrawn rows_drawn_from(std::string_view name);
Precision precision_from(std::string_view name);

}  // namespace keratin::python
