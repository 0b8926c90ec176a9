// SPDX-License-Identifier: Apache-2.0
#include "keratin/activations/activations.h"

#include "bindings.h"

#include "keratin/base/named_list.h"

namespace keratin::python {

using activations::Activation;

void bind_activations(nb::module_& m) {
  auto activation = nb::class_<Activation>(m, "Activation");
  bind_concept(activation, activations::entries)
      .def_prop_ro("class_name", &Activation::name)
      .def("__call__",
           [](const Activation& activation, const Tensor& x) {
             const nb::gil_scoped_release release;
             return activation(x);
           })
      .def("gradient", [](const Activation& activation, const Tensor& x, const Tensor& y,
                          const Tensor& y_gradient) {
        const nb::gil_scoped_release release;
        return activation.gradient(x, y, y_gradient);
      });
}

}  // namespace keratin::python
