// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <nanobind/stl/string.h>

#include "keratin/base/error.h"

namespace nb = nanobind;

namespace keratin::python {
namespace {

struct ConfigClass {
  nb::handle type;
  Config (*convert)(nb::handle);
};

std::vector<ConfigClass>& classes() {
  static auto* const list = new std::vector<ConfigClass>;  // written while the module is imported
  return *list;
}

/// A list that holds itself must be an error, not the end of the stack.
class Depth {
 public:
  Depth() {
    if (Py_EnterRecursiveCall(" in a config") != 0) throw nb::python_error();
  }
  ~Depth() { Py_LeaveRecursiveCall(); }
  Depth(const Depth&) = delete;
  Depth& operator=(const Depth&) = delete;
};

std::string text_of(nb::handle text) {
  Py_ssize_t size = 0;
  const char* data = PyUnicode_AsUTF8AndSize(text.ptr(), &size);
  if (data == nullptr) throw nb::python_error();
  return std::string(data, static_cast<std::size_t>(size));
}

Config number_from(nb::handle object) {
  if (PyIndex_Check(object.ptr()) != 0) {
    const nb::object index = nb::steal(PyNumber_Index(object.ptr()));
    if (!index.is_valid()) throw nb::python_error();
    int overflow = 0;
    const long long value = PyLong_AsLongLongAndOverflow(index.ptr(), &overflow);
    if (overflow == 0 && value == -1 && PyErr_Occurred() != nullptr) throw nb::python_error();
    if (overflow == 0) return Config(static_cast<std::int64_t>(value));
    throw nb::value_error(
        bounded(str("an integer must fit 64 bits. Received: ", text_of(nb::str(index)))).c_str());
  }
  const double value = PyFloat_AsDouble(object.ptr());
  if (value == -1.0 && PyErr_Occurred() != nullptr) throw nb::python_error();
  return Config(value);
}

bool is_number(nb::handle object) {
  return PyIndex_Check(object.ptr()) != 0 ||
         PyType_GetSlot(Py_TYPE(object.ptr()), Py_nb_float) != nullptr;
}

/// NumPy's bool, which is no Python bool and no index.
bool is_numpy_bool(nb::handle object) {
  const std::string name = class_name_of(object);
  return (name == "bool" || name == "bool_") &&
         text_of(object.type().attr("__module__")) == "numpy";
}

}  // namespace

std::string class_name_of(nb::handle object) { return text_of(object.type().attr("__name__")); }

void add_config_class(nb::handle type, Config (*convert)(nb::handle)) {
  classes().push_back({type.inc_ref(), convert});
}

Config config_from(nb::handle object, nb::list* kept) {
  if (object.is_none()) return Config();
  if (nb::isinstance<nb::bool_>(object) || is_numpy_bool(object)) {
    return Config(PyObject_IsTrue(object.ptr()) == 1);
  }
  if (nb::isinstance<nb::str>(object)) return Config(text_of(object));
  const Depth depth;
  if (nb::isinstance<nb::dict>(object)) {
    Config::Dict dict;
    for (const auto& [key, value] : nb::borrow<nb::dict>(object)) {
      if (!nb::isinstance<nb::str>(key)) {
        throw nb::type_error(
            bounded(str("the keys of a config must be strings. Received: ", text_of(nb::repr(key))))
                .c_str());
      }
      dict.emplace_back(text_of(key), config_from(value, kept));
    }
    return Config(std::move(dict));
  }
  if (nb::isinstance<nb::list>(object) || nb::isinstance<nb::tuple>(object)) {
    Config::List list;
    for (const nb::handle item : nb::borrow<nb::iterable>(object))
      list.push_back(config_from(item, kept));
    return Config(std::move(list));
  }
  for (const ConfigClass& known : classes()) {
    if (PyObject_IsInstance(object.ptr(), known.type.ptr()) != 1) continue;
    if (kept != nullptr && nb::hasattr(object, "_kept")) kept->append(object);
    return known.convert(object);
  }
  if (nb::hasattr(object, "_core")) return config_from(object.attr("_core"), kept);
  if (is_number(object)) return number_from(object);
  throw nb::type_error(
      bounded(str("an option must be None, a bool, a number, a string, a list, a dict or an object "
                  "of keratin. Received: ",
                  text_of(nb::repr(object)), " of type '", text_of(nb::type_name(object.type())),
                  "'"))
          .c_str());
}

std::int64_t integer_from(nb::handle object, const char* name) {
  if (PyIndex_Check(object.ptr()) == 0) {
    throw nb::type_error(
        bounded(str(name, " must be an integer. Received: ", text_of(nb::repr(object)),
                    " of type '", class_name_of(object), "'"))
            .c_str());
  }
  const nb::object index = nb::steal(PyNumber_Index(object.ptr()));
  if (!index.is_valid()) throw nb::python_error();
  int overflow = 0;
  const long long value = PyLong_AsLongLongAndOverflow(index.ptr(), &overflow);
  if (overflow != 0) {
    throw nb::value_error(
        bounded(str(name, " must fit 64 bits. Received: ", text_of(nb::repr(index)))).c_str());
  }
  if (value == -1 && PyErr_Occurred() != nullptr) throw nb::python_error();
  return value;
}

int small_integer_from(nb::handle object, const char* name) {
  const std::int64_t value = integer_from(object, name);
  if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max())
    throw nb::value_error(bounded(str(name, " must fit 32 bits. Received: ", value)).c_str());
  return static_cast<int>(value);
}

nb::object object_from(const Config& config) {
  if (config.is_null()) return nb::none();
  if (config.is_bool()) return nb::bool_(config.as_bool());
  if (config.is_int()) return nb::int_(config.as_int());
  if (config.is_number()) return nb::float_(config.as_double());
  if (config.is_string()) {
    const std::string& text = config.as_string();
    return nb::str(text.data(), text.size());
  }
  if (config.is_list()) {
    nb::list list;
    for (const Config& item : config.as_list()) list.append(object_from(item));
    return list;
  }
  nb::dict dict;
  for (const auto& [key, value] : config.as_dict()) {
    dict[nb::str(key.data(), key.size())] = object_from(value);
  }
  return dict;
}

}  // namespace keratin::python
