// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/nadam.h"

#include <cmath>
#include <memory>
#include <utility>

#include "keratin/kernels/row_update.h"
#include "keratin/optimizers/common_options.h"
#include "keratin/optimizers/rule.h"

namespace keratin::optimizers {

namespace {

class NadamRule final : public Rule {
 public:
  explicit NadamRule(const NadamOptions& o) : o_(o) {}

  std::vector<Slot> slots() const override { return {{.name = "momentum"}, {.name = "velocity"}}; }
  Tensor* scalar_state() override { return &u_product_; }
  std::string_view scalar_name() const override { return "u_product"; }
  StepScalars begin_step(std::int64_t step, float learning_rate) override {
    // In double, and each scalar rounded once. Keras takes them in float32, where 1 - 0.999 is off
    // by 1.3e-5, the same in two places that cancel in the weights but not in the slots.
    const double growth = 1.0 - 0.5 * std::pow(0.96, static_cast<double>(step));
    const double next_growth = 1.0 - 0.5 * std::pow(0.96, static_cast<double>(step + 1));
    float& product = u_product_.data<float>()[0];
    product = static_cast<float>(product * o_.beta_1 * growth);
    return packed(kernels::NadamScalars{
        .learning_rate = learning_rate,
        .one_minus_beta_1 = one_minus(o_.beta_1),
        .one_minus_beta_2 = one_minus(o_.beta_2),
        .one_minus_beta_2_power = one_minus(std::pow(o_.beta_2, static_cast<double>(step))),
        .next_u = static_cast<float>(o_.beta_1 * next_growth),
        .one_minus_u = one_minus(o_.beta_1 * growth),
        .one_minus_u_product = one_minus(product),
        .one_minus_next_u_product = one_minus(product * o_.beta_1 * next_growth),
        .epsilon = static_cast<float>(o_.epsilon)});
  }
  void update(const StepScalars& scalars, const kernels::UpdatedRows& rows) const override {
    const auto s = unpacked<kernels::NadamScalars>(scalars);
    kernels::nadam_update(rows, s);
  }
  bool flushes_subnormals() const override { return o_.epsilon > 0; }
  Rest rest() const override {
    if (!(o_.epsilon > 0)) return {};  // 0 / 0
    return {Rest::Kind::kMoment, 0, {o_.beta_1, o_.beta_2, 1}, o_.beta_1 / std::sqrt(o_.beta_2)};
  }
  double drift_size(const StepScalars& scalars) const override {
    const auto s = unpacked<kernels::NadamScalars>(scalars);
    return static_cast<double>(s.learning_rate) * static_cast<double>(s.next_u) *
           std::sqrt(static_cast<double>(s.one_minus_beta_2_power)) /
           static_cast<double>(s.one_minus_next_u_product);
  }

 private:
  NadamOptions o_;
  Tensor u_product_ = Tensor::from(std::vector<float>{1.0f}, Shape{});  // u_1 ... u_t
};

}  // namespace

template <class F>
void fields(F& f, NadamOptions& o) {
  common_fields(f, o);
  f("beta_1", o.beta_1);
  f("beta_2", o.beta_2);
  f("epsilon", o.epsilon);
}

Nadam::Nadam(Options options)
    : Configured(options, kName, common_options(options), std::make_unique<NadamRule>(options)) {}

}  // namespace keratin::optimizers

namespace keratin {
template class Configured<optimizers::Nadam, optimizers::NadamOptions, optimizers::Optimizer>;
}  // namespace keratin
