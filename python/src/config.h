// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/shared_ptr.h>

#include <memory>
#include <string>

#include "held.h"
#include "keratin/base/config.h"

/// Configs cross the border as Python's own values: None, bool, int, float, str, list, dict.
///
/// A Python object that stands for a C++ one (it has `_core`) becomes that very object
/// (Config::object): options that take one share it, as in Keras.
namespace keratin::python {

/// Throws a Python TypeError for what no config can hold, and a ValueError for a number out of range and for what
/// nests too deep; both say where. NumPy's numbers count as numbers.
/// `kept`: where the objects go that must live as long as the result, for what they call (held.h).
Config config_from(nanobind::handle object, nanobind::list* kept = nullptr);
nanobind::object object_from(const Config& config);

/// The bound object of make(Config), which keeps what the result calls.
template <class Make>
nanobind::object made_from(nanobind::handle config, Make&& make) {
  nanobind::list kept;
  nanobind::object made = bound_of(make(config_from(config, &kept)));
  if (nanobind::len(kept) > 0) made.attr("_kept") = kept;
  return made;
}

/// The name of an object's class, for messages.
std::string class_name_of(nanobind::handle object);

/// An object for a message: its repr, or its class where that fails; kLongestMessage bytes at most.
std::string shown(nanobind::handle object);

/// each(key, value) of every item that a dict has now: what is done with one may run Python, which may change the dict.
template <class Each>
void each_item(nanobind::handle dict, Each&& each) {
  const nanobind::object items = nanobind::steal(PyDict_Items(dict.ptr()));
  if (!items.is_valid()) throw nanobind::python_error();
  for (const nanobind::handle item : nanobind::borrow<nanobind::iterable>(items))
    each(nanobind::handle(PyTuple_GetItem(item.ptr(), 0)), nanobind::handle(PyTuple_GetItem(item.ptr(), 1)));
}

/// An argument that must be an integer. Throws a Python TypeError that names it for anything else, 2.0
/// too, and ValueError for one that does not fit.
std::int64_t integer_from(nanobind::handle object, const char* name);
int small_integer_from(nanobind::handle object, const char* name);

/// Makes a bound class known to config_from. Once a concept, when it is bound.
void add_config_class(nanobind::handle type, Config (*convert)(nanobind::handle));

/// For a bound class whose holder is std::shared_ptr<T>: options may be given objects of it.
template <class T>
void as_option(const nanobind::class_<T>& type) {
  add_config_class(type, [](nanobind::handle object) {
    return Config::object(std::shared_ptr<const T>(shared_of<T>(object)));
  });
}

}  // namespace keratin::python

/// A bound function may take and return Config.
template <>
struct nanobind::detail::type_caster<keratin::Config> {
  NB_TYPE_CASTER(keratin::Config, const_name("object"))
  bool from_python(handle source, uint32_t, cleanup_list*) {
    value = keratin::python::config_from(source);
    return true;
  }
  static handle from_cpp(const keratin::Config& config, rv_policy, cleanup_list*) {
    return keratin::python::object_from(config).release();
  }
};
