// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/adadelta.h"

#include <memory>
#include <utility>

#include "keratin/kernels/row_update.h"
#include "keratin/optimizers/common_options.h"
#include "keratin/optimizers/rule.h"

namespace keratin::optimizers {

namespace {

class AdadeltaRule final : public Rule {
 public:
  explicit AdadeltaRule(const AdadeltaOptions& o) : o_(o) {}

  std::vector<Slot> slots() const override {
    return {{.name = "accumulated_grad"}, {.name = "accumulated_delta_var"}};
  }
  StepScalars begin_step(std::int64_t, float learning_rate) override {
    return packed(kernels::AdadeltaScalars{.learning_rate = learning_rate,
                                           .rho = static_cast<float>(o_.rho),
                                           .one_minus_rho = one_minus(o_.rho),
                                           .epsilon = static_cast<float>(o_.epsilon)});
  }
  void update(const StepScalars& scalars, const kernels::UpdatedRows& rows) const override {
    const auto s = unpacked<kernels::AdadeltaScalars>(scalars);
    kernels::adadelta_update(rows, s);
  }
  bool flushes_subnormals() const override { return o_.epsilon > 0; }
  std::optional<Drift> drift() const override {
    if (!(o_.epsilon > 0)) return std::nullopt;  // 0 / 0 where there was no gradient, as in Keras
    return Drift{.decay = {o_.rho, o_.rho, 1}};
  }

 private:
  AdadeltaOptions o_;
};

}  // namespace

template <class F>
void fields(F& f, AdadeltaOptions& o) {
  common_fields(f, o);
  f("rho", o.rho);
  f("epsilon", o.epsilon);
}

Adadelta::Adadelta(Options options)
    : Configured(options, kName, common_options(options), std::make_unique<AdadeltaRule>(options)) {
  check_share("Adadelta", "rho", options_.rho);
}

}  // namespace keratin::optimizers

namespace keratin {
template class Configured<optimizers::Adadelta, optimizers::AdadeltaOptions, optimizers::Optimizer>;
}  // namespace keratin
