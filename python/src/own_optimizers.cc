// SPDX-License-Identifier: Apache-2.0
// Optimizers that users write: C++ has what all optimizers share, Python the formula.
#include <string>
#include <utility>

#include "access.h"
#include "bindings.h"
#include "held.h"
#include "keratin/graph/pass.h"
#include "keratin/optimizers/common_options.h"
#include "passes.h"

namespace keratin::python {
namespace {

using namespace optimizers;

/// An optimizer whose `_own_step(variable, gradient, learning_rate)` is in Python.
class OwnOptimizer final : public Optimizer {
 public:
  OwnOptimizer(std::string class_name, Held step, OptimizerOptions options)
      : Optimizer(class_name, options), class_name_(std::move(class_name)), step_(std::move(step)) {}
  std::string_view class_name() const override { return class_name_; }
  Config get_config() const override { return base_config(); }

 protected:
  void update_step(const Value& gradient, Variable& variable, float learning_rate, Pass& step) override {
    const Access::UserFunction here;
    const CurrentPass current(&step);
    step_.get()(nb::cast(variable.shared_from_this()), nb::cast(gradient), learning_rate);
  }

 private:
  std::string class_name_;
  Held step_;
};

}  // namespace

void bind_own_optimizers(nb::module_& m) {
  m.def("own_optimizer", [](nb::object object, std::string class_name, nb::handle config) {
    return made_from(config, [&](const Config& from) -> std::shared_ptr<Optimizer> {
      const nb::object link = nb::module_::import_("functools").attr("partial")(object.attr("_own_step"));
      auto made = std::make_shared<OwnOptimizer>(class_name, Held::by(link), options_of<OptimizerOptions>(class_name, from));
      object.attr("__dict__")["_link"] = link;  // what C++ finds it by
      return made;
    });
  });
}

}  // namespace keratin::python
