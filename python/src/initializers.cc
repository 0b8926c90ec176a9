// SPDX-License-Identifier: Apache-2.0
#include "keratin/initializers/initializers.h"

#include <algorithm>
#include <utility>

#include "access.h"
#include "bindings.h"
#include "held.h"
#include "interrupts.h"

#include "keratin/base/named_list.h"
#include "keratin/base/seed.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::python {

using initializers::Initializer;

namespace {

/// First values that are drawn in Python: a function of the shape, called once a weight.
class PythonInitializer final : public PythonFunction<Initializer> {
 public:
  explicit PythonInitializer(Held function) : PythonFunction("CustomInitializer", std::move(function)) {}
  bool draws_parts() const override { return false; }

  void fill(const Shape& shape, std::int64_t first, std::span<float> out) const override {
    Tensor whole = uninitialized(shape);
    fill_all(shape, whole.data<float>());
    std::copy_n(whole.data<float>().begin() + first, out.size(), out.begin());
  }

 private:
  void fill_all(const Shape& shape, std::span<float> out) const override {
    const Access::UserFunction here;
    copy_numbers(function()(tuple_from(shape)), shape, out, "initializer");
  }
};

}  // namespace

void bind_initializers(nb::module_& m) {
  auto initializer = nb::class_<Initializer>(m, "Initializer", nb::dynamic_attr());
  bind_concept(initializer, initializers::all_initializers)
      .def_prop_ro("class_name", &Initializer::class_name)
      .def_static("custom",
                  [](nb::object function) {
                    return linked(std::move(function), [](Held held) -> std::shared_ptr<Initializer> {
                      return std::make_shared<PythonInitializer>(std::move(held));
                    });
                  })
      // What it draws where the config has no seed.
      .def_static("deserialize_drawn",
                  [](const Config& config, std::int64_t seed) {
                    const random::GivenDefaultSeed given(seed);
                    return std::const_pointer_cast<Initializer>(Initializer::deserialize(config));
                  })
      .def("__call__", [](const Initializer& initializer, nb::handle shape) {
        const Shape wanted = shape_from(shape, initializer.class_name().data());
        const ReleasedInterruptible released;
        return initializer(wanted);
      }, "shape"_a);
}

}  // namespace keratin::python
