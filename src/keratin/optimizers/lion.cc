// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/lion.h"

#include <memory>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/kernels/row_update.h"
#include "keratin/optimizers/common_options.h"
#include "keratin/optimizers/rule.h"

namespace keratin::optimizers {

namespace {

class LionRule final : public Rule {
 public:
  explicit LionRule(const LionOptions& o) : o_(o) {}

  std::vector<Slot> slots() const override { return {{.name = "momentum"}}; }
  StepScalars begin_step(std::int64_t, float learning_rate) override {
    return packed(kernels::LionScalars{.learning_rate = learning_rate,
                                       .beta_1 = static_cast<float>(o_.beta_1),
                                       .one_minus_beta_1 = one_minus(o_.beta_1),
                                       .beta_2 = static_cast<float>(o_.beta_2),
                                       .one_minus_beta_2 = one_minus(o_.beta_2)});
  }
  void update(const StepScalars& scalars, const kernels::UpdatedRows& rows) const override {
    const auto s = unpacked<kernels::LionScalars>(scalars);
    kernels::lion_update(rows, s);
  }
  std::optional<Drift> drift() const override {
    // Below, the momentum of a float32 loop reaches 0, which has no sign; above, it stops short.
    if (o_.beta_2 <= 0.5) return std::nullopt;
    return Drift{.kind = Drift::Kind::kSign, .decay = {o_.beta_2, 1, 1}, .m = 0};
  }
  Rest rest() const override {
    if (o_.beta_2 <= 0.5) return {Rest::Kind::kMoment, 0, {o_.beta_2, 1, 1}};
    return Rule::rest();
  }
  double drift_size(const StepScalars& scalars) const override {
    return static_cast<double>(unpacked<kernels::LionScalars>(scalars).learning_rate);
  }

 private:
  LionOptions o_;
};

}  // namespace

template <class F>
void fields(F& f, LionOptions& o) {
  common_fields(f, o);
  f("beta_1", o.beta_1);
  f("beta_2", o.beta_2);
}

Lion::Lion(Options options)
    : Configured(options, kName, common_options(options), std::make_unique<LionRule>(options)) {
  if (!(options_.beta_1 > 0 && options_.beta_1 <= 1)) {
    invalid_argument(
        "Lion", "beta_1 must be in (0, 1]: at 0 only the sign of the gradient is left. Received: ",
        options_.beta_1);
  }
}

}  // namespace keratin::optimizers

namespace keratin {
template class Configured<optimizers::Lion, optimizers::LionOptions, optimizers::Optimizer>;
}  // namespace keratin
