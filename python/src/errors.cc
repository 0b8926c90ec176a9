// SPDX-License-Identifier: Apache-2.0
// How exceptions cross the border, with the same text. nanobind maps most of them:
//
//   std::invalid_argument  ValueError        std::out_of_range  IndexError
//   std::bad_alloc         MemoryError       other              RuntimeError
//
// and this file two more. FileError is an OSError, and Python picks FileNotFoundError, PermissionError
// ... by its number. What a binding could not convert is a TypeError. An exception that was thrown in
// Python comes out as it went in.
#include <typeinfo>

#include "bindings.h"
#include "keratin/base/error.h"

namespace keratin::python {

void bind_errors(nb::module_&) {
  nb::register_exception_translator([](const std::exception_ptr& pointer, void*) {
    try {
      std::rethrow_exception(pointer);
    } catch (const FileError& error) {
      const nb::object arguments = nb::make_tuple(error.code(), error.what());
      PyErr_SetObject(PyExc_OSError, arguments.ptr());
    } catch (const std::bad_cast&) {
      PyErr_SetString(PyExc_TypeError, "an argument is of a type that is not taken here");
    }
  });
}

}  // namespace keratin::python
