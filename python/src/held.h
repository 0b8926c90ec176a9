// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include <nanobind/nanobind.h>
#include <nanobind/stl/shared_ptr.h>

#include "keratin/base/config.h"

namespace keratin::python {

/// A Python object in the hands of C++: copied, called (under the GIL) and dropped on any thread.
class Held {
 public:
  /// Alive as long as C++ has it. Python's collector sees nothing of that: for what is short-lived.
  explicit Held(nanobind::object object)
      : object_(new nanobind::object(std::move(object)), [](nanobind::object* dropped) {
          if (Py_IsInitialized() == 0) return;  // the interpreter took it along
          const nanobind::gil_scoped_acquire gil;
          delete dropped;
        }) {}

  /// The object that `link` leads to, as long as Python keeps the link: see `linked`.
  static Held by(nanobind::handle link) {
    Held held(nanobind::steal(PyWeakref_NewRef(link.ptr(), nullptr)));
    held.weak_ = true;
    return held;
  }

  nanobind::object get() const {
    if (!weak_) return *object_;
    const nanobind::object link = (*object_)();
    if (!link.is_none()) return link.attr("func");
    PyErr_SetString(PyExc_ReferenceError, "the object that a function was given to is gone, and with it the function");
    throw nanobind::python_error();
  }

 private:
  std::shared_ptr<nanobind::object> object_;
  bool weak_ = false;
};

/// A function of Python's as an object of a concept (Constraint, Initializer ...), which has no options.
template <class Concept>
class PythonFunction : public Concept {
 public:
  PythonFunction(std::string_view class_name, Held function) : class_name_(class_name), function_(std::move(function)) {}
  std::string_view class_name() const final { return class_name_; }
  Config get_config() const final { return Config::dict(); }

 protected:
  /// Under the GIL.
  nanobind::object function() const { return function_.get(); }

 private:
  std::string_view class_name_;
  Held function_;
};

// A function that a user writes may know the model that calls it: a circle, which Python's collector must see to
// free it. So C++ does not own such an object. It finds it by a link (a `functools.partial`, for those can be found
// weakly, called or not), which the bound object made for it has as an attribute. A bound object that is given others
// in a config, or by compile, keeps those.

/// A bound object for this, which can be had again by `shared_of`.
template <class T>
nanobind::object bound_of(std::shared_ptr<T> object) {
  nanobind::object bound = nanobind::cast(object);
  bound.attr("_shared") = nanobind::capsule(new std::shared_ptr<T>(std::move(object)),
                                            [](void* shared) noexcept { delete static_cast<std::shared_ptr<T>*>(shared); });
  return bound;
}

/// What is behind a bound object. nanobind's own pointer would keep the Python object alive, and with it the circle.
template <class T>
std::shared_ptr<T> shared_of(nanobind::handle bound) {
  if (!nanobind::isinstance<T>(bound) || !nanobind::hasattr(bound, "_shared"))
    return nanobind::cast<std::shared_ptr<T>>(bound);
  return *static_cast<std::shared_ptr<T>*>(nanobind::cast<nanobind::capsule>(bound.attr("_shared")).data());
}

/// The bound object of make(Held), which keeps `object`.
template <class Make>
nanobind::object linked(nanobind::object object, Make&& make) {
  const nanobind::object link = nanobind::module_::import_("functools").attr("partial")(object);
  nanobind::object bound = bound_of(make(Held::by(link)));
  bound.attr("_kept") = link;
  return bound;
}

}  // namespace keratin::python
