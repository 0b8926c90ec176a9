// SPDX-License-Identifier: Apache-2.0
// Optimizers that users write: C++ has what all optimizers share, Python the formula.
#include <set>
#include <string>
#include <utility>

#include "access.h"
#include "bindings.h"
#include "held.h"
#include "keratin/graph/pass.h"
#include "keratin/optimizers/common_options.h"
#include "keratin/optimizers/rule.h"
#include "keratin/tensor/tensor_access.h"
#include "passes.h"

namespace keratin::python {
namespace {

using namespace optimizers;

/// What every optimizer takes. Keras: the arguments of `Optimizer`.
struct OwnOptions {
  LearningRate learning_rate = 0.001;
  std::optional<double> weight_decay = {};
  std::optional<double> clipnorm = {};
  std::optional<double> clipvalue = {};
  std::optional<double> global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<std::int64_t> ema_overwrite_frequency = {};
  std::optional<double> loss_scale_factor = {};
  std::optional<std::int64_t> gradient_accumulation_steps = {};
  std::string name = {};
};

template <class F>
void fields(F& f, OwnOptions& o) {
  common_fields(f, o);
}

/// `step(variables, gradients, learning_rate)` of Python's calls `update_step` for each. What it assigns is kept in a pass until the end of the step.
class PythonRule final : public Rule, public WholeRule {
 public:
  explicit PythonRule(Held step) : step_(std::move(step)) {}

  WholeRule* whole() override { return this; }
  void begin(std::span<const Part> parts, float learning_rate) override {
    const Access::UserFunction here;
    pass_ = Pass();
    const CurrentPass current(&pass_);
    nb::list variables;
    nb::list gradients;
    for (const Part& part : parts) {
      if (part.decay != 1) {
        Tensor weights = copy_of(part.variable->value());
        for (float& weight : weights.data<float>()) weight *= part.decay;
        pass_.update(*part.variable, std::move(weights));
      }
      variables.append(nb::cast(part.variable->shared_from_this()));
      gradients.append(nb::cast(Value(part.gradient)));
    }
    step_.get()(variables, gradients, learning_rate);
  }
  void end() override { pass_.commit(); }

  std::vector<Slot> slots() const override { return {}; }
  StepScalars begin_step(std::int64_t, float) override { return {}; }
  void update(const StepScalars&, float*, const float*, float* const*, std::size_t) const override {}

 private:
  Held step_;
  Pass pass_;
};

/// Names outlive the optimizers that have them.
std::string_view kept_name(std::string name) {
  static std::set<std::string> names;
  return *names.insert(std::move(name)).first;
}

class OwnOptimizer final : public Optimizer {
 public:
  OwnOptimizer(std::string_view class_name, Held step, OwnOptions options)
      : Optimizer(class_name, common_options(options), std::make_unique<PythonRule>(std::move(step))),
        class_name_(class_name),
        options_(std::move(options)) {}
  std::string_view class_name() const override { return class_name_; }
  Config get_config() const override { return config_of(*this, options_); }

 private:
  std::string_view class_name_;
  OwnOptions options_;
};

}  // namespace

void bind_own_optimizers(nb::module_& m) {
  m.def("own_optimizer", [](nb::object object, std::string class_name, nb::handle config) {
    return made_from(config, [&](const Config& from) -> std::shared_ptr<Optimizer> {
      const std::string_view name = kept_name(std::move(class_name));
      const nb::object link = nb::module_::import_("functools").attr("partial")(object.attr("_own_step"));
      auto made = std::make_shared<OwnOptimizer>(name, Held::by(link), read_options<OwnOptions>(name, from));
      object.attr("__dict__")["_link"] = link;  // what C++ finds it by
      return made;
    });
  });
}

}  // namespace keratin::python
