// SPDX-License-Identifier: Apache-2.0
#include "keratin/regularizers/regularizers.h"

#include "bindings.h"
#include "keratin/base/named_list.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::python {

using regularizers::Regularizer;

void bind_regularizers(nb::module_& m) {
  auto regularizer = nb::class_<Regularizer>(m, "Regularizer");
  bind_concept(regularizer, regularizers::entries)
      .def_prop_ro("class_name", &Regularizer::class_name)
      .def("__call__", [](const Regularizer& regularizer, const Tensor& x) {
        const nb::gil_scoped_release release;
        return regularizer(cast(x, DType::kFloat32));
      });
}

}  // namespace keratin::python
