// SPDX-License-Identifier: Apache-2.0
#include "keratin/activations/activations.h"

#include <utility>

#include "access.h"
#include "bindings.h"
#include "held.h"

#include "keratin/base/named_list.h"
#include "passes.h"

namespace keratin::python {

using activations::Activation;

namespace {

/// A function that is written in Python: `function(x, slope)` returns f(x), or, where slope is the
/// derivative by f(x), the derivative by x.
class PythonActivation final : public Activation {
 public:
  PythonActivation(Held function, std::string name)
      : function_(std::move(function)), name_(std::move(name)) {}
  std::string_view name() const override { return name_; }
  Config get_config() const override { return Config::dict(); }
  bool has_default_options() const override { return true; }

  void forward(std::span<const float> x, const Shape& shape, std::span<float> y) const override {
    const Access::UserFunction here;
    const CurrentPass none(nullptr);  // it has a pass of its own
    copy_numbers(function_.get()(array_of(x, shape), nb::none()), shape, y, "activation");
  }
  void backward(std::span<const float> x, std::span<const float>,
                std::span<const float> y_gradient, const Shape& shape,
                std::span<float> x_gradient) const override {
    const Access::UserFunction here;
    const CurrentPass none(nullptr);  // it has a pass of its own
    copy_numbers(function_.get()(array_of(x, shape), array_of(y_gradient, shape)), shape,
                 x_gradient, "gradient");
  }

 private:
  Held function_;
  std::string name_;
};

}  // namespace

void bind_activations(nb::module_& m) {
  auto activation = nb::class_<Activation>(m, "Activation", nb::dynamic_attr());
  bind_concept(activation, activations::entries)
      .def_prop_ro("class_name", &Activation::name)
      .def_static("custom",
                  [](nb::object function, std::string name) {
                    return linked(std::move(function), [&](Held held) -> std::shared_ptr<Activation> {
                      return std::make_shared<PythonActivation>(std::move(held), std::move(name));
                    });
                  })
      .def("__call__",
           [](const Activation& activation, const Tensor& x) {
             const Released released;
             return activation(x);
           },
           "x"_a)
      .def("gradient", [](const Activation& activation, const Tensor& x, const Tensor& y,
                          const Tensor& y_gradient) {
        const Released released;
        return activation.gradient(x, y, y_gradient);
      });
}

}  // namespace keratin::python
