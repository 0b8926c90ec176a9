// SPDX-License-Identifier: Apache-2.0
#include "keratin/initializers/initializers.h"

#include "bindings.h"

#include "keratin/base/named_list.h"

namespace keratin::python {

using initializers::Initializer;

void bind_initializers(nb::module_& m) {
  auto initializer = nb::class_<Initializer>(m, "Initializer");
  bind_concept(initializer, initializers::all_initializers)
      .def_prop_ro("class_name", &Initializer::class_name)
      .def("__call__", [](const Initializer& initializer, nb::handle shape) {
        const Shape wanted = shape_from(shape, initializer.class_name().data());
        const nb::gil_scoped_release release;
        return initializer(wanted);
      });
}

}  // namespace keratin::python
