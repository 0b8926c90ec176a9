// SPDX-License-Identifier: Apache-2.0
#include "keratin/losses/losses.h"

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "access.h"
#include "bindings.h"
#include "held.h"

#include "keratin/base/auto_name.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::python {

using losses::CustomLoss;
using losses::Loss;

namespace {

/// `function(y_true, y_pred, wants_gradient)` returns the values and, or None, the pullback.
CustomLoss::Function custom_function(Held function) {
  return [held = std::move(function)](const Tensor& y_true, const Tensor& y_pred,
                                            bool wants_gradient) {
    const Access::UserFunction here;
    const auto [values, pullback] = nb::cast<std::pair<nb::object, nb::object>>(
        held.get()(array_from(y_true), array_from(y_pred), wants_gradient));
    CustomLoss::Values result{.values = tensor_from(values, "values")};
    if (!pullback.is_none()) {
      result.pullback = [back = Held(pullback)](const Tensor& slope) {
        const Access::UserFunction here;
        return tensor_from(back.get()(array_from(slope)), "gradient");
      };
    }
    return result;
  };
}

/// A loss that is written in Python, whose reduction is ours. `note` is told the mask of each batch
/// first: a loss of Keratin that the function calls has a part in it.
class FunctionLoss final : public Loss {
 public:
  FunctionLoss(Held function, nb::object note, const CustomLoss::Options& options)
      : Loss(options.name, options.reduction, "CustomLoss"),
        inner_(custom_function(std::move(function)), options),
        note_(std::move(note)) {}
  std::string_view class_name() const override { return inner_.class_name(); }
  Config get_config() const override { return inner_.get_config(); }

  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
                    const Tensor& mask) const override {
    note(mask ? mask : y_pred.mask());
    return inner_(y_true, y_pred, sample_weight, mask);
  }
  Value value_and_gradient(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
                           const Tensor& mask) const override {
    note(mask);
    return inner_.value_and_gradient(y_true, y_pred, sample_weight, mask);
  }

 private:
  double evaluate(const Batch& /*batch*/) const override {
    throw std::logic_error("FunctionLoss does not go through evaluate()");
  }
  void note(const Tensor& mask) const {
    const Access::UserFunction here;
    note_.get()(array_from(mask));
  }
  CustomLoss inner_;
  Held note_;
};

/// A loss that is written in Python with its reduction: `function(y_true, y_pred, sample_weight,
/// mask, wants_gradient)` returns the loss and, or None, its gradient.
class WholeLoss final : public Loss {
 public:
  WholeLoss(Held function, std::string name)
      : Loss(std::move(name), "sum", "CustomLoss"), function_(std::move(function)) {}
  std::string_view class_name() const override { return "CustomLoss"; }
  Config get_config() const override { return Config::Dict{{"name", name()}}; }

  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
                    const Tensor& mask) const override {
    const Access::UserFunction here;
    return tensor_from(call(y_true, y_pred, sample_weight, mask, false).first, "loss");
  }

  Value value_and_gradient(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
                           const Tensor& mask) const override {
    const Access::UserFunction here;
    const auto [loss, gradient] = call(y_true, y_pred, sample_weight, mask, true);
    Value result;
    const Tensor values = tensor_from(loss, "loss");
    for (const float value : values.data<float>()) result.loss += value;
    result.gradient = uninitialized(y_pred.shape());
    copy_numbers(gradient, y_pred.shape(), result.gradient.data<float>(), "gradient");
    return result;
  }

 private:
  double evaluate(const Batch& /*batch*/) const override {
    throw std::logic_error("WholeLoss does not go through evaluate()");
  }
  std::pair<nb::object, nb::object> call(const Tensor& y_true, const Tensor& y_pred,
                                         const Tensor& sample_weight, const Tensor& mask,
                                         bool wants_gradient) const {
    return nb::cast<std::pair<nb::object, nb::object>>(
        function_.get()(array_from(y_true), array_from(y_pred), array_from(sample_weight),
                        array_from(mask), wants_gradient));
  }
  Held function_;
};

}  // namespace

void bind_losses(nb::module_& m) {
  m.def("auto_name", &auto_name);
  auto loss = nb::class_<Loss>(m, "Loss", nb::dynamic_attr());
  bind_concept(loss, losses::entries)
      .def_prop_ro("class_name", &Loss::class_name)
      .def_prop_ro("name", &Loss::name)
      .def_static(
          "custom",
          [](nb::object function, nb::object note, std::string name,
             std::optional<std::string> reduction) {
            return linked(std::move(function), [&](Held held) -> std::shared_ptr<Loss> {
              return std::make_shared<FunctionLoss>(
                  std::move(held), std::move(note),
                  CustomLoss::Options{.reduction = std::move(reduction), .name = std::move(name)});
            });
          },
          "function"_a, "note"_a, "name"_a, "reduction"_a.none())
      .def_static("whole",
                  [](nb::object function, std::string name) {
                    return linked(std::move(function), [&](Held held) -> std::shared_ptr<Loss> {
                      return std::make_shared<WholeLoss>(std::move(held), std::move(name));
                    });
                  })
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
