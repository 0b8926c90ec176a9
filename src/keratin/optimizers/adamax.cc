// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/adamax.h"

#include <memory>
#include <utility>

#include "keratin/kernels/row_update.h"
#include "keratin/optimizers/common_options.h"
#include "keratin/optimizers/rule.h"

namespace keratin::optimizers {

namespace {

class AdamaxRule final : public Rule {
 public:
  explicit AdamaxRule(const AdamaxOptions& o) : o_(o) {}

  std::vector<Slot> slots() const override { return {{.name = "momentum"}, {.name = "norm"}}; }
  StepScalars begin_step(std::int64_t step, float learning_rate) override {
    return packed(kernels::AdamaxScalars{
        .learning_rate = learning_rate,
        .one_minus_beta_1 = one_minus(o_.beta_1),
        .beta_2 = static_cast<float>(o_.beta_2),
        .one_minus_beta_1_power = 1.0f - power(static_cast<float>(o_.beta_1), step),
        .epsilon = static_cast<float>(o_.epsilon)});
  }
  void update(const StepScalars& scalars, const kernels::UpdatedRows& rows) const override {
    const auto s = unpacked<kernels::AdamaxScalars>(scalars);
    kernels::adamax_update(rows, s);
  }
  bool flushes_subnormals() const override { return o_.epsilon > 0; }
  std::optional<Drift> drift() const override {
    return Drift{.kind = Drift::Kind::kQuotient,
                 .decay = {o_.beta_1, o_.beta_2, 1},
                 .m = 0,
                 .r = 1,
                 .root = false,
                 .epsilon = o_.epsilon};
  }
  double drift_size(const StepScalars& scalars) const override {
    const auto s = unpacked<kernels::AdamaxScalars>(scalars);
    return static_cast<double>(s.learning_rate) / static_cast<double>(s.one_minus_beta_1_power);
  }

 private:
  AdamaxOptions o_;
};

}  // namespace

template <class F>
void fields(F& f, AdamaxOptions& o) {
  common_fields(f, o);
  f("beta_1", o.beta_1);
  f("beta_2", o.beta_2);
  f("epsilon", o.epsilon);
}

Adamax::Adamax(Options options)
    : Configured(options, kName, common_options(options), std::make_unique<AdamaxRule>(options)) {}

}  // namespace keratin::optimizers

namespace keratin {
template class Configured<optimizers::Adamax, optimizers::AdamaxOptions, optimizers::Optimizer>;
}  // namespace keratin
