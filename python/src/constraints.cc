// SPDX-License-Identifier: Apache-2.0
#include "keratin/constraints/constraints.h"

#include <utility>

#include "access.h"
#include "bindings.h"
#include "held.h"

#include "keratin/base/named_list.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::python {

using constraints::Constraint;

namespace {

/// A projection that is written in Python: a function of the whole weight.
class PythonConstraint final : public PythonFunction<Constraint> {
 public:
  explicit PythonConstraint(Held function) : PythonFunction("CustomConstraint", std::move(function)) {}
  bool couples_rows() const override { return true; }

  void apply(std::span<float> w, const Shape& shape) const override {
    if (w.empty()) return;
    const Access::UserFunction here;
    copy_numbers(function()(array_of(w, shape)), shape, w, "constraint");
  }
};

}  // namespace

void bind_constraints(nb::module_& m) {
  auto constraint = nb::class_<Constraint>(m, "Constraint", nb::dynamic_attr());
  bind_concept(constraint, constraints::entries)
      .def_prop_ro("class_name", &Constraint::class_name)
      .def_static("custom",
                  [](nb::object function) {
                    return linked(std::move(function), [](Held held) -> std::shared_ptr<Constraint> {
                      return std::make_shared<PythonConstraint>(std::move(held));
                    });
                  })
      .def("__call__", [](const Constraint& constraint, const Tensor& w) {
        const Released released;
        return constraint(cast(w, DType::kFloat32));
      }, "w"_a);
}

}  // namespace keratin::python
