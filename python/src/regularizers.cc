// SPDX-License-Identifier: Apache-2.0
#include "keratin/regularizers/regularizers.h"

#include "bindings.h"
#include "keratin/base/named_list.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::python {

using regularizers::Regularizer;

void bind_regularizers(nb::module_& m) {
  auto regularizer =
      nb::class_<Regularizer>(m, "Regularizer")
          .def_static("deserialize",
                      [](const Config& config) {
                        return std::const_pointer_cast<Regularizer>(Regularizer::deserialize(config));
                      })
          .def_static("names", [] { return names_of(regularizers::entries()); })
          .def_prop_ro("class_name", &Regularizer::class_name)
          .def("get_config", &Regularizer::get_config)
          .def("serialize", &Regularizer::serialize)
          .def("__call__", [](const Regularizer& regularizer, const Tensor& x) {
            const nb::gil_scoped_release release;
            return regularizer(cast(x, DType::kFloat32));
          });
  as_option(regularizer);
}

}  // namespace keratin::python
