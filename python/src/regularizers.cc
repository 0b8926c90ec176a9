// SPDX-License-Identifier: Apache-2.0
#include "keratin/regularizers/regularizers.h"

#include <utility>

#include "access.h"
#include "bindings.h"
#include "held.h"
#include "keratin/base/named_list.h"
#include "keratin/tensor/tensor_access.h"
#include "passes.h"

namespace keratin::python {

using regularizers::Regularizer;

namespace {

/// A penalty that is written in Python: `function(x, wants_gradient)` returns the penalty and, or
/// None, its derivative by x. Nothing is known of its rows, so it always sees the whole weight.
class PythonRegularizer final : public PythonFunction<Regularizer> {
 public:
  explicit PythonRegularizer(Held function) : PythonFunction("CustomRegularizer", std::move(function)) {}
  bool couples_rows() const override { return true; }

  float penalty(std::span<const float> x, const Shape& shape) const override {
    const Access::UserFunction here;
    const CurrentPass none(nullptr);  // it has a pass of its own
    return nb::cast<float>(nb::float_(call(x, shape, false).first));
  }
  void add_gradient(std::span<const float> x, const Shape& shape, float scale,
                    std::span<float> gradient) const override {
    const Access::UserFunction here;
    const CurrentPass none(nullptr);  // it has a pass of its own
    std::vector<float> slope(x.size());
    copy_numbers(call(x, shape, true).second, shape, slope, "gradient");
    for (std::size_t i = 0; i < slope.size(); ++i) gradient[i] += scale * slope[i];
  }

 private:
  std::pair<nb::object, nb::object> call(std::span<const float> x, const Shape& shape,
                                         bool wants_gradient) const {
    return nb::cast<std::pair<nb::object, nb::object>>(
        function()(array_of(x, shape), wants_gradient));
  }
};

}  // namespace

void bind_regularizers(nb::module_& m) {
  auto regularizer = nb::class_<Regularizer>(m, "Regularizer", nb::dynamic_attr());
  bind_concept(regularizer, regularizers::entries)
      .def_prop_ro("class_name", &Regularizer::class_name)
      .def_static("custom",
                  [](nb::object function) {
                    return linked(std::move(function), [](Held held) -> std::shared_ptr<Regularizer> {
                      return std::make_shared<PythonRegularizer>(std::move(held));
                    });
                  })
      .def("__call__", [](const Regularizer& regularizer, const Tensor& x) {
        const Released released;
        return regularizer(cast(x, DType::kFloat32));
      }, "x"_a)
      .def("gradient", [](const Regularizer& regularizer, const Tensor& x) {
        const Released released;
        const Tensor numbers = cast(x, DType::kFloat32);
        Tensor gradient = Tensor::zeros(numbers.shape());
        regularizer.add_gradient(numbers.data<float>(), numbers.shape(), 1, gradient.data<float>());
        return gradient;
      });
}

}  // namespace keratin::python
