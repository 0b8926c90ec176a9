// SPDX-License-Identifier: Apache-2.0
// Optimizers that users write: C++ has what all optimizers share, Python the formula, or what stands around one of C++'s.
#include <string>
#include <utility>

#include "access.h"
#include "array.h"
#include "bindings.h"
#include "held.h"
#include "keratin/graph/pass.h"
#include "keratin/optimizers/common_options.h"
#include "passes.h"
#include "values.h"

namespace keratin::python {
namespace {

using namespace optimizers;

/// An optimizer whose steps are all in Python: `override_with` says how they are come to.
class OwnOptimizer final : public Optimizer {
 public:
  OwnOptimizer(std::string class_name, OptimizerOptions options)
      : Optimizer(class_name, options), class_name_(std::move(class_name)) {}
  std::string_view class_name() const override { return class_name_; }
  Config get_config() const override { return base_config(); }

 private:
  std::string class_name_;
};

/// A function of Python's, which C++ finds by a link that the object keeps under that name.
Held held_by(nb::handle object, const char* method, const char* link) {
  const nb::object partial = nb::module_::import_("functools").attr("partial")(object.attr(method));
  object.attr("__dict__")[link] = partial;
  return Held::by(partial);
}

/// `_own_step(variable, gradient, learning_rate)` and `_own_apply(variables, gradients)` of the object, where the class has
/// its own.
void override_with(Optimizer& optimizer, nb::handle object, std::string class_name, bool has_step, bool has_apply) {
  Overrides functions{.class_name = std::move(class_name)};
  if (has_step) {
    functions.update_step = [held = held_by(object, "_own_step", "_step_link")](
                                const Value& gradient, Variable& variable, float learning_rate, Pass& step) {
      const Access::UserFunction here;
      const CurrentPass current(&step);
      held.get()(nb::cast(variable.shared_from_this()), nb::cast(gradient), learning_rate);
    };
  }
  if (has_apply) {
    functions.apply = [held = held_by(object, "_own_apply", "_apply_link")](std::span<Variable* const> variables,
                                                                            const Gradients& gradients) {
      const Access::UserFunction here;
      const CurrentPass none(nullptr);
      nb::list all;
      nb::list found;
      for (Variable* const variable : variables) {
        all.append(nb::cast(variable->shared_from_this()));
        found.append(found_gradient(gradients, *variable));
      }
      held.get()(all, found);
    };
  }
  optimizer.override_with(std::move(functions));
}

void base_update_step(Optimizer& optimizer, nb::handle gradient, Variable& variable, float learning_rate) {
  Pass none;
  Pass* const step = CurrentPass::get();
  optimizer.base_update_step(value_from(gradient, "gradient"), variable, learning_rate, step != nullptr ? *step : none);
}

}  // namespace

void bind_own_optimizers(nb::module_& m) {
  m.def("own_optimizer", [](std::string class_name, nb::handle config) {
    return made_from(config, [&](const Config& from) -> std::shared_ptr<Optimizer> {
      return std::make_shared<OwnOptimizer>(class_name, options_of<OptimizerOptions>(class_name, from));
    });
  });
  m.def("override_optimizer", &override_with);
  m.def("base_update_step", &base_update_step);
}

}  // namespace keratin::python
