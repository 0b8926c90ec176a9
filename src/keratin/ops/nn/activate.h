// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/activations/activation.h"
#include "keratin/graph/value.h"

namespace keratin::ops::nn {

/// activation(x), of a value with elements.
Value activate(const std::shared_ptr<const activations::Activation>& activation, const Value& x);

}  // namespace keratin::ops::nn
