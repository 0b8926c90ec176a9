// SPDX-License-Identifier: Apache-2.0
#include "keratin/tensor/variable.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "access.h"
#include "bindings.h"
#include "interrupts.h"

#include "keratin/base/error.h"
#include "keratin/constraints/constraint.h"
#include "keratin/regularizers/regularizer.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::python {

namespace {

/// What is behind `option`, which `variable` keeps where it calls something of Python's.
template <class T>
std::shared_ptr<T> given(nb::handle variable, nb::handle option) {
  if (option.is_none()) return nullptr;
  std::shared_ptr<T> result = shared_of<T>(option);
  if (nb::hasattr(option, "_kept")) {
    if (!nb::hasattr(variable, "_kept")) variable.attr("_kept") = nb::list();
    nb::borrow<nb::list>(variable.attr("_kept")).append(option);
  }
  return result;
}

}  // namespace

void bind_variable(nb::module_& m) {
  nb::class_<Variable>(m, "Variable", nb::dynamic_attr())
      .def(nb::new_([](std::string path, const Tensor& value, bool trainable) {
        return std::make_shared<Variable>(std::move(path), copy_of(cast(value, DType::kFloat32)),
                                          trainable);
      }))
      .def_prop_ro("path", &Variable::path)
      .def_prop_ro("name", &Variable::name)
      .def_prop_ro("dtype", [](const Variable& variable) { return to_string(variable.dtype()); })
      .def_prop_ro("shape", [](const Variable& variable) { return tuple_from(variable.shape()); })
      .def_prop_rw("trainable", &Variable::trainable,
                   [](Variable& variable, bool trainable) {
                     const Access::Alone alone(variable);
                     variable.set_trainable(trainable);
                   })
      .def("numpy",
           [](const Variable& variable) {
             const Access::Shared shared(variable);
             const ReleasedInterruptible released;  // rows that slept are brought up to date
             return copy_of(variable.value());
           })
      .def("rows",
           [](const Variable& variable, const Tensor& ids) {
             const auto numbers = ids.data<std::int64_t>();
             const std::vector<std::int64_t> wanted(numbers.begin(), numbers.end());
             const Access::Shared shared(variable);
             const Released released;
             return variable.rows(wanted);
           })
      .def("assign",
           [](Variable& variable, const Tensor& value) {
             const Access::Alone alone(variable);
             const Released released;
             variable.assign(snapshot(value));
           },
           "value"_a)
      .def(
          "set_regularizer",
          [](nb::handle self, nb::object regularizer) {
            auto& variable = nb::cast<Variable&>(self);
            const Access::Alone alone(variable);
            variable.regularizer = given<regularizers::Regularizer>(self, regularizer);
          },
          "regularizer"_a.none())
      .def(
          "set_constraint",
          [](nb::handle self, nb::object constraint) {
            auto& variable = nb::cast<Variable&>(self);
            const Access::Alone alone(variable);
            variable.constraint = given<constraints::Constraint>(self, constraint);
          },
          "constraint"_a.none());
}

}  // namespace keratin::python
