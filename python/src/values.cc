// SPDX-License-Identifier: Apache-2.0
// Symbolic values, and operations on them.
#include "values.h"

#include "keratin/graph/node.h"
#include "keratin/ops/ops.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::python {
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
}

}  // namespace keratin::python
