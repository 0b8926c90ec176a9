// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bindings.h"
#include "keratin/graph/value.h"

/// Values cross the border as `_core.Value` where they are symbolic, and as arrays where they have elements.
namespace keratin::python {

/// A value of Python: a symbolic one, or whatever `array.h` takes.
Value value_from(nb::handle object, const char* what);
Values values_from(nb::handle objects, const char* what);
nb::object object_from(const Value& value);
nb::list objects_from(const Values& values);

}  // namespace keratin::python
