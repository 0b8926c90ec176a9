// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/rmsprop.h"

#include <memory>
#include <utility>

#include "keratin/kernels/row_update.h"
#include "keratin/optimizers/common_options.h"
#include "keratin/optimizers/rule.h"

namespace keratin::optimizers {

namespace {

class RMSpropRule final : public Rule {
 public:
  explicit RMSpropRule(const RMSpropOptions& o) : o_(o) {}

  std::vector<Slot> slots() const override {
    std::vector<Slot> slots = {{.name = "velocity", .group = 0}};
    if (o_.momentum > 0) slots.push_back({.name = "momentum", .group = 1});
    if (o_.centered) slots.push_back({.name = "average_gradient", .group = 2});
    return slots;
  }
  StepScalars begin_step(std::int64_t, float learning_rate) override {
    return packed(kernels::RMSpropScalars{.learning_rate = learning_rate,
                                          .rho = static_cast<float>(o_.rho),
                                          .one_minus_rho = one_minus(o_.rho),
                                          .epsilon = static_cast<float>(o_.epsilon),
                                          .momentum = static_cast<float>(o_.momentum)});
  }
  void update(const StepScalars& scalars, const kernels::UpdatedRows& rows) const override {
    const auto s = unpacked<kernels::RMSpropScalars>(scalars);
    kernels::rmsprop_update(rows, o_.momentum > 0, o_.centered, s);
  }
  bool flushes_subnormals() const override { return o_.epsilon > 0; }
  std::optional<Drift> drift() const override {
    if (!(o_.epsilon > 0)) return std::nullopt;  // 0 / 0 where there was no gradient, as in Keras
    Drift drift;
    std::size_t next = 0;
    drift.decay[next++] = o_.rho;
    if (o_.momentum > 0) {
      drift.kind = Drift::Kind::kProduct;
      drift.m = next;
      drift.decay[next++] = o_.momentum;
    }
    if (o_.centered) drift.decay[next++] = o_.rho;
    return drift;
  }
  double drift_size(const StepScalars&) const override { return 1; }

 private:
  RMSpropOptions o_;
};

}  // namespace

template <class F>
void fields(F& f, RMSpropOptions& o) {
  common_fields(f, o);
  f("rho", o.rho);
  f("momentum", o.momentum);
  f("epsilon", o.epsilon);
  f("centered", o.centered);
}

RMSprop::RMSprop(Options options)
    : Configured(options, kName, common_options(options), std::make_unique<RMSpropRule>(options)) {
  check_share("RMSprop", "rho", options_.rho);
  check_share("RMSprop", "momentum", options_.momentum);
  if (!(options_.epsilon > 0))
    invalid_argument("RMSprop", "epsilon must be positive. Received: ", options_.epsilon);
}

}  // namespace keratin::optimizers

namespace keratin {
template class Configured<optimizers::RMSprop, optimizers::RMSpropOptions, optimizers::Optimizer>;
}  // namespace keratin
