// SPDX-License-Identifier: Apache-2.0
#include "keratin/constraints/constraints.h"

#include "bindings.h"

#include "keratin/base/named_list.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::python {

using constraints::Constraint;

void bind_constraints(nb::module_& m) {
  auto constraint = nb::class_<Constraint>(m, "Constraint");
  bind_concept(constraint, constraints::entries)
      .def_prop_ro("class_name", &Constraint::class_name)
      .def("__call__", [](const Constraint& constraint, const Tensor& w) {
        const nb::gil_scoped_release release;
        return constraint(cast(w, DType::kFloat32));
      });
}

}  // namespace keratin::python
