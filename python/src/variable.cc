// SPDX-License-Identifier: Apache-2.0
#include "keratin/tensor/variable.h"

#include <memory>
#include <string>
#include <utility>

#include "access.h"
#include "bindings.h"

#include "keratin/constraints/constraint.h"
#include "keratin/regularizers/regularizer.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::python {

void bind_variable(nb::module_& m) {
  nb::class_<Variable>(m, "Variable")
      .def(nb::new_([](std::string path, const Tensor& value, bool trainable) {
        return std::make_shared<Variable>(std::move(path), copy_of(cast(value, DType::kFloat32)),
                                          trainable);
      }))
      .def_prop_ro("path", &Variable::path)
      .def_prop_ro("name", &Variable::name)
      .def_prop_ro("dtype", [](const Variable&) { return "float32"; })
      .def_prop_ro("shape", [](const Variable& variable) { return tuple_from(variable.shape()); })
      .def_prop_rw("trainable", &Variable::trainable,
                   [](Variable& variable, bool trainable) {
                     const Access::Alone alone(variable);
                     variable.set_trainable(trainable);
                   })
      .def("numpy",
           [](const Variable& variable) {
             const Access::Shared shared(variable);
             const Released released;
             return copy_of(variable.value());
           })
      .def("assign",
           [](Variable& variable, const Tensor& value) {
             const Access::Alone alone(variable);
             const Released released;
             variable.assign(snapshot(value));
           })
      .def(
          "set_regularizer",
          [](Variable& variable, std::shared_ptr<regularizers::Regularizer> regularizer) {
            const Access::Alone alone(variable);
            variable.regularizer = std::move(regularizer);
          },
          "regularizer"_a.none())
      .def(
          "set_constraint",
          [](Variable& variable, std::shared_ptr<constraints::Constraint> constraint) {
            const Access::Alone alone(variable);
            variable.constraint = std::move(constraint);
          },
          "constraint"_a.none());
}

}  // namespace keratin::python
