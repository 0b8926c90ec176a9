// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>

#include <nanobind/nanobind.h>

namespace keratin::python {

/// A Python object in the hands of C++: copied, called (under the GIL) and dropped on any thread.
class Held {
 public:
  explicit Held(nanobind::object object)
      : object_(new nanobind::object(std::move(object)), [](nanobind::object* dropped) {
          if (Py_IsInitialized() == 0) return;  // the interpreter took it along
          const nanobind::gil_scoped_acquire gil;
          delete dropped;
        }) {}
  const nanobind::object& get() const { return *object_; }

 private:
  std::shared_ptr<nanobind::object> object_;
};

}  // namespace keratin::python
