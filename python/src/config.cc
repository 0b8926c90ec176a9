// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
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

std::string text_of(nb::handle text) {
  Py_ssize_t size = 0;
  const char* data = PyUnicode_AsUTF8AndSize(text.ptr(), &size);
  if (data == nullptr) throw nb::python_error();
  return std::string(data, static_cast<std::size_t>(size));
}

/// The same of any text, for a message: what UTF-8 cannot say is written as an escape.
std::string escaped(nb::handle text) {
  const nb::object bytes = nb::steal(PyUnicode_AsEncodedString(text.ptr(), "utf-8", "backslashreplace"));
  if (!bytes.is_valid()) throw nb::python_error();
  return {PyBytes_AsString(bytes.ptr()), static_cast<std::size_t>(PyBytes_Size(bytes.ptr()))};
}

// As deep as JSON may nest: what goes through the tree goes as deep.
constexpr int kDeepest = 100;

// A list that stands in another many times is written out as often: ten such lists are more than any memory holds. What
// stands in a config once is in memory already, and has no bound.
constexpr std::int64_t kMostRepeated = std::int64_t{1} << 24;

/// The lists and dicts that a config has so far, and how many values stood in those that it had before.
struct Met {
  std::unordered_set<const PyObject*> containers;
  std::int64_t repeated = 0;
};

/// Where a value stands: `config["layers"][3]`.
struct Place {
  const Place* above = nullptr;
  std::string_view key = {};
  std::size_t index = 0;
  bool in_list = false;
  int depth = 0;
  Met* met = nullptr;
  bool in_repeated = false;

  Place under(std::string_view name) const { return {this, name, 0, false, depth + 1, met, in_repeated}; }
  Place under(std::size_t number) const { return {this, {}, number, true, depth + 1, met, in_repeated}; }
  std::string text() const {
    if (above == nullptr) return "config";
    return above->text() + (in_list ? str("[", index, "]") : str("[\"", key, "\"]"));
  }
};

/// `message`, as an error that says where. Of the config as a whole there is no place to say.
std::string placed(const Place& place, const std::string& message) {
  return bounded(place.above == nullptr ? message : str("[Config] ", place.text(), ": ", message));
}

/// What goes wrong while a value is read says where; what is no question of the value comes out as it is.
template <class Read>
auto at(const Place& place, Read&& read) {
  try {
    return read();
  } catch (nb::python_error& error) {
    for (PyObject* const kind : {PyExc_ValueError, PyExc_TypeError, PyExc_LookupError, PyExc_AttributeError,
                                 PyExc_OverflowError, PyExc_RecursionError}) {
      if (!error.matches(kind)) continue;
      const std::string message = placed(place, escaped(nb::str(error.value())));
      nb::raise_from(error, kind == PyExc_TypeError ? kind : PyExc_ValueError, "%s", message.c_str());
    }
    throw;
  }
}

Config number_from(nb::handle object, const Place& place) {
  if (PyIndex_Check(object.ptr()) == 0) {
    const double value = PyFloat_AsDouble(object.ptr());
    if (value == -1.0 && PyErr_Occurred() != nullptr) throw nb::python_error();
    return Config(value);
  }
  const nb::object index = nb::steal(PyNumber_Index(object.ptr()));
  if (!index.is_valid()) throw nb::python_error();
  int overflow = 0;
  const long long value = PyLong_AsLongLongAndOverflow(index.ptr(), &overflow);
  if (overflow == 0 && value == -1 && PyErr_Occurred() != nullptr) throw nb::python_error();
  if (overflow == 0) return Config(static_cast<std::int64_t>(value));
  throw nb::value_error(
      placed(place, str("an integer must fit 64 bits. Received: ", shown(index))).c_str());
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

/// The attribute of an object; null where it has none.
nb::object attribute(nb::handle object, const char* name) {
  nb::object value = nb::steal(PyObject_GetAttrString(object.ptr(), name));
  if (value.is_valid()) return value;
  if (PyErr_ExceptionMatches(PyExc_AttributeError) == 0) throw nb::python_error();
  PyErr_Clear();
  return value;
}

/// What a bound object is in C++; nothing of any other object.
std::optional<Config> bound_object(nb::handle object, nb::list* kept) {
  for (const ConfigClass& known : classes()) {
    // Its type, not what an object says of itself by __class__.
    auto* const type = reinterpret_cast<PyTypeObject*>(known.type.ptr());
    if (PyType_IsSubtype(Py_TYPE(object.ptr()), type) == 0) continue;
    if (kept != nullptr && nb::hasattr(object, "_kept")) kept->append(object);
    return known.convert(object);
  }
  return std::nullopt;
}

Config from(nb::handle object, nb::list* kept, const Place& place);

Config dict_from(nb::handle object, nb::list* kept, const Place& place) {
  Config::Dict dict;
  each_item(object, [&](nb::handle key, nb::handle value) {
    if (!nb::isinstance<nb::str>(key)) {
      throw nb::type_error(
          placed(place, str("the keys of a config must be strings. Received: ", shown(key))).c_str());
    }
    std::string name = at(place, [&] { return text_of(key); });
    Config item = from(value, kept, place.under(name));
    dict.emplace_back(std::move(name), std::move(item));
  });
  return Config(std::move(dict));
}

Config list_from(nb::handle object, nb::list* kept, const Place& place) {
  Config::List list;
  PyObject* const from_list = object.ptr();
  const bool is_list = PyList_Check(from_list);
  const auto size = [&] { return is_list ? PyList_Size(from_list) : PyTuple_Size(from_list); };
  // The entries that it has: what a class derived from list gives by itself may never end, and what is asked here may
  // change it.
  const Py_ssize_t count = size();
  for (Py_ssize_t i = 0; i < std::min(count, size()); ++i) {
    const auto item = nb::borrow<nb::object>(is_list ? PyList_GetItem(from_list, i) : PyTuple_GetItem(from_list, i));
    list.push_back(from(item, kept, place.under(list.size())));
  }
  return Config(std::move(list));
}

Config from(nb::handle object, nb::list* kept, const Place& place) {
  if (place.in_repeated && ++place.met->repeated > kMostRepeated) {
    throw nb::value_error(
        placed(place, str("lists that stand in a config more than once may hold ", kMostRepeated,
                          " values there together, and these hold more."))
            .c_str());
  }
  if (object.is_none()) return Config();
  if (nb::isinstance<nb::bool_>(object) || is_numpy_bool(object)) {
    return Config(PyObject_IsTrue(object.ptr()) == 1);
  }
  if (nb::isinstance<nb::str>(object)) return Config(at(place, [&] { return text_of(object); }));
  const bool is_dict = nb::isinstance<nb::dict>(object);
  if (is_dict || nb::isinstance<nb::list>(object) || nb::isinstance<nb::tuple>(object)) {
    if (place.depth >= kDeepest) {
      throw nb::value_error(
          placed(place, str("a config may nest ", kDeepest, " deep, and this is deeper or holds itself."))
              .c_str());
    }
    Place here = place;
    here.in_repeated |= !place.met->containers.insert(object.ptr()).second;
    return is_dict ? dict_from(object, kept, here) : list_from(object, kept, here);
  }
  if (const auto made = bound_object(object, kept)) return *made;
  const nb::object core = attribute(object, "_core");
  if (core.is_valid()) {
    if (const auto made = bound_object(core, kept)) return *made;
  }
  if (is_number(object)) return at(place, [&] { return number_from(object, place); });
  throw nb::type_error(
      placed(place, str("an option must be None, a bool, a number, a string, a list, a dict or an object "
                        "of keratin. Received: ",
                        shown(object), " of type '", escaped(nb::type_name(object.type())), "'"))
          .c_str());
}

}  // namespace

std::string class_name_of(nb::handle object) { return escaped(object.type().attr("__name__")); }

void add_config_class(nb::handle type, Config (*convert)(nb::handle)) {
  classes().push_back({type.inc_ref(), convert});
}

std::string shown(nb::handle object) {
  const nb::object text = nb::steal(PyObject_Repr(object.ptr()));
  if (text.is_valid()) return bounded(escaped(text));
  if (PyErr_ExceptionMatches(PyExc_Exception) == 0) throw nb::python_error();  // Ctrl-C
  PyErr_Clear();
  return bounded(str("<", escaped(object.type().attr("__name__")), ">"));
}

Config config_from(nb::handle object, nb::list* kept) {
  Met met;
  return from(object, kept, Place{.met = &met});
}

std::int64_t integer_from(nb::handle object, const char* name) {
  if (PyIndex_Check(object.ptr()) == 0) {
    throw nb::type_error(
        bounded(str(name, " must be an integer. Received: ", shown(object),
                    " of type '", class_name_of(object), "'"))
            .c_str());
  }
  const nb::object index = nb::steal(PyNumber_Index(object.ptr()));
  if (!index.is_valid()) throw nb::python_error();
  int overflow = 0;
  const long long value = PyLong_AsLongLongAndOverflow(index.ptr(), &overflow);
  if (overflow != 0) {
    throw nb::value_error(
        bounded(str(name, " must fit 64 bits. Received: ", shown(index))).c_str());
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

namespace {

/// The lists that stand in the text: Python reads what Python's json wrote.
nb::object lists_from(const NumberArray& array) {
  return nb::module_::import_("json").attr("loads")(nb::str(array.text.data(), array.text.size()));
}

}  // namespace

nb::object object_from(const Config& config) {
  if (config.is_null()) return nb::none();
  if (config.is_bool()) return nb::bool_(config.as_bool());
  if (config.is_int()) return nb::int_(config.as_int());
  if (config.is_number()) return nb::float_(config.as_double());
  if (config.is_string()) {
    const std::string& text = config.as_string();
    return nb::str(text.data(), text.size());
  }
  if (config.is_number_array()) return lists_from(config.as_number_array());
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
