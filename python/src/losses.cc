// SPDX-License-Identifier: Apache-2.0
#include "keratin/losses/losses.h"

#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include "access.h"
#include "bindings.h"
#include "held.h"

#include "keratin/base/auto_name.h"
#include "keratin/graph/tape.h"
#include "keratin/ops/reductions.h"
#include "keratin/tensor/tensor_access.h"
#include "passes.h"
#include "values.h"

namespace keratin::python {

using losses::Loss;

namespace {

/// A loss that is written in Python, with its reduction: `function(y_true, y_pred, sample_weight)`,
/// of arrays and a value, returns the loss. Weights that it reads are values of the same pass.
class OwnLoss final : public Loss {
 public:
  OwnLoss(Held function, std::string name, const std::optional<std::string>& reduction)
      : Loss(std::move(name), reduction, "CustomLoss"), function_(std::move(function)) {}
  std::string_view class_name() const override { return "CustomLoss"; }
  Config get_config() const override {
    return Config::Dict{{"name", name()}, {"reduction", std::string(to_string(reduction()))}};
  }

  Value of_batch(const Tensor& y_true, const Value& y_pred, const Tensor& sample_weight,
                          Pass& pass) const override {
    const Value loss = call(y_true, y_pred, sample_weight, pass);
    return loss.shape().rank() == 0 ? loss : ops::sum(loss);
  }
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
                    const Tensor& mask) const override {
    Pass pass;
    return call(y_true, masked(y_pred, mask), sample_weight, pass).tensor();
  }
  WithGradient value_and_gradient(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
                           const Tensor& mask) const override {
    Pass pass(true, std::make_shared<Tape>());
    const Value source = pass.tape->watch(cast(y_pred, DType::kFloat32));
    const Value loss =
        of_batch(y_true, source.with_mask(masked(y_pred, mask).mask()), sample_weight, pass);
    const float number = loss.tensor().data<float>()[0];
    return {number, pass.tape->slopes(loss, {}, std::span(&source, 1))[0]};
  }

 private:
  static Value masked(const Tensor& y_pred, const Tensor& mask) {
    const Value value(y_pred);
    return mask ? value.with_mask(mask) : value;
  }
  Value call(const Tensor& y_true, const Value& y_pred, const Tensor& sample_weight,
                      Pass& pass) const {
    const Access::UserFunction here;
    const CurrentPass current(&pass);
    const Value loss = value_from(
        function_.get()(array_from(y_true), nb::cast(y_pred.kept()), array_from(sample_weight)), "loss");
    if (loss.is_symbolic()) throw nb::type_error("a loss must return numbers. Received: a symbolic value");
    return loss.dtype() == DType::kFloat32 ? loss : Value(cast(loss.tensor(), DType::kFloat32));
  }
  Held function_;
};

/// The reduction alone.
class Reducing final : public Loss {
 public:
  explicit Reducing(const std::optional<std::string>& reduction) : Loss("reduction", reduction, "CustomLoss") {}
  std::string_view class_name() const override { return "CustomLoss"; }
  Config get_config() const override { return Config::dict(); }
};

}  // namespace

/// None: no value.
static Value given_value(nb::handle value, const char* name) {
  return value.is_none() ? Value() : value_from(value, name);
}

void bind_losses(nb::module_& m) {
  m.def("auto_name", &auto_name);
  m.def("circle", [](nb::handle y_true, nb::handle y_pred, nb::handle ref_labels, nb::handle ref_embeddings,
                     bool remove_diagonal, double gamma, double margin) {
    return object_from(losses::circle(value_from(y_true, "y_true"), value_from(y_pred, "y_pred"),
                                      value_from(ref_labels, "ref_labels"),
                                      value_from(ref_embeddings, "ref_embeddings"), remove_diagonal, gamma, margin));
  });
  auto loss = nb::class_<Loss>(m, "Loss", nb::dynamic_attr());
  bind_concept(loss, losses::entries)
      .def_prop_ro("class_name", &Loss::class_name)
      .def_prop_ro("name", &Loss::name)
      .def_static(
          "own",
          [](nb::object function, std::string name, std::optional<std::string> reduction) {
            return linked(std::move(function), [&](Held held) -> std::shared_ptr<Loss> {
              return std::make_shared<OwnLoss>(std::move(held), std::move(name), reduction);
            });
          },
          "function"_a, "name"_a, "reduction"_a.none())
      .def_static(
          "reduced",
          [](nb::handle values, const Tensor& sample_weight, const Tensor& mask, std::optional<std::string> reduction) {
            const Value given = value_from(values, "values");
            const Released released;
            return Reducing(reduction).reduced(given, sample_weight, mask).kept();
          },
          "values"_a, "sample_weight"_a.none(), "mask"_a.none(), "reduction"_a.none())
      .def(
          "of_values",
          [](std::shared_ptr<Loss> loss, const Tensor& y_true, const Value& y_pred, const Tensor& sample_weight) {
            const Released released;
            return Loss::of_values(loss, y_true, y_pred, sample_weight).kept();
          },
          "y_true"_a, "y_pred"_a, "sample_weight"_a.none())
      .def_static(
          "reduced_symbolic",
          [](nb::handle values, nb::handle sample_weight, std::optional<std::string> reduction) {
            return Loss::reduced_symbolic(std::make_shared<const Reducing>(reduction), value_from(values, "values"),
                                          given_value(sample_weight, "sample_weight"));
          },
          "values"_a, "sample_weight"_a.none(), "reduction"_a.none())
      .def(
          "of_symbolic",
          [](std::shared_ptr<Loss> loss, nb::handle y_true, nb::handle y_pred, nb::handle sample_weight) {
            return Loss::of_symbolic(loss, value_from(y_true, "y_true"), value_from(y_pred, "y_pred"),
                                     given_value(sample_weight, "sample_weight"));
          },
          "y_true"_a, "y_pred"_a, "sample_weight"_a.none())
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
          "y_true"_a, "y_pred"_a, "sample_weight"_a.none(), "mask"_a.none());
}

}  // namespace keratin::python
