// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bindings.h"
#include "keratin/saving/weight_paths.h"

namespace keratin::python {

/// From what python/keratin/saving/weight_paths.py gives: ([(path, name, weights)], [(name, weights)], weights).
saving::WeightPaths paths_from(nb::handle given, saving::Form form = saving::Form::kJoined);

}  // namespace keratin::python
