// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bindings.h"
#include "keratin/graph/value.h"
#include "keratin/tensor/gradients.h"

/// Values cross the border as `_core.Value`, which `keratin.KerasTensor` holds; constants that leave the library as
/// arrays.
namespace keratin::python {

/// A value, a weight (as it is in the current pass), or whatever `array.h` takes.
Value value_from(nb::handle object, const char* what);
Values values_from(nb::handle objects, const char* what);
/// A `_core.Value` where it is symbolic or recorded, or there is a current pass; else an array.
nb::object object_from(const Value& value);
nb::list objects_from(const Values& values);
/// The gradient of a variable, a copy: an array, a pair of ids and rows of a table, or None.
nb::object found_gradient(const Gradients& found, const Variable& variable);
/// A list of `_core.Value`, which may be kept.
nb::list kept_from(const Values& values);

}  // namespace keratin::python
