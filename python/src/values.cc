// SPDX-License-Identifier: Apache-2.0
// Symbolic values, and the operators on them.
#include "values.h"

#include <array>

#include "keratin/base/error.h"
#include "keratin/graph/node.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/comparisons.h"
#include "keratin/ops/ops.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::python {
namespace {

using Binary = Value (*)(const Value&, const Value&);

/// Keras's name: what computes it.
constexpr std::array<std::pair<std::string_view, Binary>, 15> kBinary = {{{"add", ops::add},
                                                                         {"subtract", ops::subtract},
                                                                         {"multiply", ops::multiply},
                                                                         {"divide", ops::divide},
                                                                         {"power", ops::power},
                                                                         {"mod", ops::mod},
                                                                         {"floor_divide", ops::floor_divide},
                                                                         {"maximum", ops::maximum},
                                                                         {"minimum", ops::minimum},
                                                                         {"equal", ops::equal},
                                                                         {"not_equal", ops::not_equal},
                                                                         {"less", ops::less},
                                                                         {"less_equal", ops::less_equal},
                                                                         {"greater", ops::greater},
                                                                         {"greater_equal", ops::greater_equal}}};

/// A number of Python beside a value has that value's type, where it fits: 2 * x of floats are floats.
Value beside(nb::handle object, const Value& other) {
  if (nb::isinstance<Value>(object)) return nb::cast<Value>(object);
  const bool is_float = nb::isinstance<nb::float_>(object);
  if (nb::isinstance<nb::bool_>(object) || (!is_float && !nb::isinstance<nb::int_>(object)))
    return value_from(object, "an operand");
  if (is_float || other.dtype() == DType::kFloat32)
    return Tensor::from(std::vector<float>{nb::cast<float>(nb::float_(object))}, Shape{});
  return Tensor::from(std::vector<std::int32_t>{nb::cast<std::int32_t>(object)}, Shape{});
}

Value binary(std::string_view name, nb::handle a, nb::handle b) {
  for (const auto& [known, compute] : kBinary) {
    if (known != name) continue;
    const Value x = nb::isinstance<Value>(a) ? nb::cast<Value>(a) : Value();
    const Value y = beside(b, x);
    return compute(x ? x : beside(a, y), y);
  }
  invalid_argument("ops", "unknown operation: '", name, "'");
}

}  // namespace

Value value_from(nb::handle object, const char* what) {
  return nb::isinstance<Value>(object) ? nb::cast<Value>(object) : Value(snapshot(masked_tensor_from(object, what)));
}

Values values_from(nb::handle objects, const char* what) {
  Values values;
  for (const nb::handle object : nb::borrow<nb::iterable>(objects)) values.push_back(value_from(object, what));
  return values;
}

nb::object object_from(const Value& value) {
  return value.is_symbolic() ? nb::cast(value) : array_from(value.with_masked_elements());
}

nb::list objects_from(const Values& values) {
  nb::list objects;
  for (const Value& value : values) objects.append(object_from(value));
  return objects;
}

void bind_values(nb::module_& m) {
  nb::class_<Value>(m, "Value")
      .def_prop_ro("shape", [](const Value& value) { return tuple_from(value.shape()); })
      .def_prop_ro("dtype", [](const Value& value) { return std::string(to_string(value.dtype())); })
      .def_prop_ro("is_masked", &Value::has_mask)
      .def_prop_ro("operation_name", [](const Value& value) { return value.node()->name; })
      .def("is_same", &Value::is_same);
  m.def("call_op",
        [](const Config& config, nb::handle inputs, std::string name) {
          const std::shared_ptr<const Op> op = ops::deserialize(config);
          return objects_from(leave_node(*op, Inputs(values_from(inputs, "inputs")), std::move(name)));
        },
        "config"_a, "inputs"_a, "name"_a);
  m.def("binary", &binary, "name"_a, "x1"_a.none(), "x2"_a.none());
}

}  // namespace keratin::python
