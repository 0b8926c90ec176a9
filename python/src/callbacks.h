// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bindings.h"
#include "keratin/trainers/trainer.h"

namespace keratin::python {

/// The callbacks of one run: Python's, then the progress where verbose asks for it. `options` holds
/// "hooks", from the names of hooks to lists of functions, and "progress", a ProgbarLogger or None.
std::vector<trainers::CallbackChoice> callbacks_from(nb::dict options);

/// Python's `write` of `options`, which puts text where Python's users see it.
trainers::Write write_from(nb::dict options);

}  // namespace keratin::python
