// SPDX-License-Identifier: Apache-2.0
// How exceptions cross the border, with the same text. nanobind maps most of them:
//
//   std::invalid_argument  ValueError        std::out_of_range  IndexError
//   OutOfMemory            MemoryError       other              RuntimeError
//
// and this file three more; a value that was received is written as in Python. A bare std::bad_alloc is a MemoryError in Python's words. FormatError is a ValueError. FileError is an OSError, and Python picks FileNotFoundError, PermissionError
// ... by its number. What a binding could not convert is a TypeError. An exception that was thrown in
// Python comes out as it went in.
#include <stdexcept>
#include <string>
#include <typeinfo>
#include <utility>

#include "bindings.h"
#include "keratin/base/error.h"
#include "keratin/base/format_error.h"

namespace keratin::python {
namespace {

/// Values as Python writes them: C++ has null, true and false for what was received.
std::string in_python(std::string text) {
  for (const auto& [ours, theirs] : {std::pair("null", "None"), std::pair("true", "True"), std::pair("false", "False")}) {
    const std::string received = str("Received: ", ours);
    const std::size_t at = text.find(received);
    if (at == std::string::npos) continue;
    const std::size_t end = at + received.size();
    if (end == text.size() || text[end] == '.' || text[end] == ' ') text.replace(at, received.size(), str("Received: ", theirs));
  }
  return text;
}

/// The text may have been cut within a character, or hold what a file held.
nb::object decoded(std::string_view text) {
  return nb::steal(PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace"));
}

void raise(PyObject* type, std::string_view text) {
  if (const nb::object message = decoded(text); message.is_valid()) PyErr_SetObject(type, message.ptr());
}

}  // namespace

void bind_errors(nb::module_&) {
  nb::register_exception_translator([](const std::exception_ptr& pointer, void*) {
    try {
      std::rethrow_exception(pointer);
    } catch (const FileError& error) {
      const nb::object arguments = nb::make_tuple(error.code(), decoded(error.what()));
      PyErr_SetObject(PyExc_OSError, arguments.ptr());
    } catch (const FormatError& error) {
      raise(PyExc_ValueError, error.what());
    } catch (const std::invalid_argument& error) {
      raise(PyExc_ValueError, in_python(error.what()));
    } catch (const OutOfMemory& error) {
      raise(PyExc_MemoryError, error.what());
    } catch (const std::out_of_range& error) {
      raise(PyExc_IndexError, error.what());
    } catch (const std::bad_alloc&) {
      PyErr_SetString(PyExc_MemoryError, "the machine has no more memory for this");
    } catch (const std::bad_cast&) {
      PyErr_SetString(PyExc_TypeError, "an argument is of a type that is not taken here");
    }
  });
}

}  // namespace keratin::python
