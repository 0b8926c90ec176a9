// SPDX-License-Identifier: Apache-2.0
#include "keratin/losses/losses.h"

#include <optional>
#include <string>
#include <utility>

#include "bindings.h"
#include "held.h"

#include "keratin/base/auto_name.h"

namespace keratin::python {

using losses::CustomLoss;
using losses::Loss;

namespace {

/// `function(y_true, y_pred, wants_gradient)` returns the values and, or None, the pullback.
CustomLoss::Function custom_function(Held function) {
  return [held = std::move(function)](const Tensor& y_true, const Tensor& y_pred,
                                            bool wants_gradient) {
    const nb::gil_scoped_acquire gil;
    const auto [values, pullback] = nb::cast<std::pair<nb::object, nb::object>>(
        held.get()(array_from(y_true), array_from(y_pred), wants_gradient));
    CustomLoss::Values result{.values = tensor_from(values, "values")};
    if (!pullback.is_none()) {
      result.pullback = [back = Held(pullback)](const Tensor& slope) {
        const nb::gil_scoped_acquire gil;
        return tensor_from(back.get()(array_from(slope)), "gradient");
      };
    }
    return result;
  };
}

}  // namespace

void bind_losses(nb::module_& m) {
  m.def("auto_name", &auto_name);
  auto loss = nb::class_<Loss>(m, "Loss", nb::dynamic_attr());
  bind_concept(loss, losses::entries)
      .def_prop_ro("class_name", &Loss::class_name)
      .def_prop_ro("name", &Loss::name)
      .def_static(
          "custom",
          [](nb::object function, std::string name, std::optional<std::string> reduction) {
            return linked(std::move(function), [&](Held held) -> std::shared_ptr<Loss> {
              return std::make_shared<CustomLoss>(
                  custom_function(std::move(held)),
                  CustomLoss::Options{.reduction = std::move(reduction), .name = std::move(name)});
            });
          },
          "function"_a, "name"_a, "reduction"_a.none())
      .def_static(
          "check_reduction",
          [](std::optional<std::string> reduction) {
            if (reduction) losses::reduction_from_name(*reduction);
          },
          "reduction"_a.none())
      .def(
          "__call__",
          [](const Loss& loss, const Tensor& y_true, const Tensor& y_pred,
             const Tensor& sample_weight, const Tensor& mask) {
            const Released released;
            return loss(y_true, y_pred, sample_weight, mask);
          },
          "y_true"_a, "y_pred"_a, "sample_weight"_a.none(), "mask"_a.none())
      .def(
          "value_and_gradient",
          [](const Loss& loss, const Tensor& y_true, const Tensor& y_pred,
             const Tensor& sample_weight, const Tensor& mask) {
            Loss::Value result;
            {
              const Released released;
              result = loss.value_and_gradient(y_true, y_pred, sample_weight, mask);
            }
            return nb::make_tuple(result.loss, array_from(result.gradient));
          },
          "y_true"_a, "y_pred"_a, "sample_weight"_a.none(), "mask"_a.none());
}

}  // namespace keratin::python
