// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/adam.h"

#include <cmath>
#include <memory>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/kernels/row_update.h"
#include "keratin/optimizers/common_options.h"
#include "keratin/optimizers/rule.h"

namespace keratin::optimizers {

namespace {

class AdamRule final : public Rule {
 public:
  template <class Options>
  explicit AdamRule(const Options& o)
      : beta_1_(o.beta_1), beta_2_(o.beta_2), epsilon_(o.epsilon), amsgrad_(o.amsgrad) {}

  std::vector<Slot> slots() const override {
    std::vector<Slot> slots = {{.name = "momentum"}, {.name = "velocity"}};
    if (amsgrad_) slots.push_back({.name = "velocity_hat", .group = 1});
    return slots;
  }
  StepScalars begin_step(std::int64_t step, float learning_rate) override {
    const float beta_1_power = power(static_cast<float>(beta_1_), step);
    const float beta_2_power = power(static_cast<float>(beta_2_), step);
    return packed(kernels::AdamScalars{
        .alpha = learning_rate * std::sqrt(1.0f - beta_2_power) / (1.0f - beta_1_power),
        .one_minus_beta_1 = one_minus(beta_1_),
        .one_minus_beta_2 = one_minus(beta_2_),
        .epsilon = static_cast<float>(epsilon_)});
  }
  void update(const StepScalars& scalars, const kernels::UpdatedRows& rows) const override {
    const auto s = unpacked<kernels::AdamScalars>(scalars);
    if (amsgrad_) {
      kernels::amsgrad_update(rows, s);
    } else {
      kernels::adam_update(rows, s);
    }
  }
  bool flushes_subnormals() const override { return epsilon_ > 0; }
  std::optional<Drift> drift() const override {
    return Drift{.kind = Drift::Kind::kQuotient,
                 .decay = {beta_1_, beta_2_, 1},  // the largest v so far stands still
                 .m = 0,
                 .r = amsgrad_ ? 2U : 1U,
                 .root = true,
                 .epsilon = epsilon_};
  }
  double drift_size(const StepScalars& scalars) const override {
    return static_cast<double>(unpacked<kernels::AdamScalars>(scalars).alpha);
  }

 private:
  double beta_1_;
  double beta_2_;
  double epsilon_;
  bool amsgrad_;
};

}  // namespace

template <class F>
void fields(F& f, AdamOptions& o) {
  common_fields(f, o);
  f("beta_1", o.beta_1);
  f("beta_2", o.beta_2);
  f("epsilon", o.epsilon);
  f("amsgrad", o.amsgrad);
}

template <class F>
void fields(F& f, AdamWOptions& o) {
  common_fields(f, o);
  f("beta_1", o.beta_1);
  f("beta_2", o.beta_2);
  f("epsilon", o.epsilon);
  f("amsgrad", o.amsgrad);
}

Adam::Adam(Options options)
    : Configured(options, kName, common_options(options), std::make_unique<AdamRule>(options)) {}

AdamW::AdamW(Options options)
    : Configured(options, kName, common_options(options), std::make_unique<AdamRule>(options)) {
  if (!options_.weight_decay)
    invalid_argument("AdamW", "weight_decay must be a number. Received: none");
}

}  // namespace keratin::optimizers

namespace keratin {
template class Configured<optimizers::Adam, optimizers::AdamOptions, optimizers::Optimizer>;
template class Configured<optimizers::AdamW, optimizers::AdamWOptions, optimizers::Optimizer>;
}  // namespace keratin
