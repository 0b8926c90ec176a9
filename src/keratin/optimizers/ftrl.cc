// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/ftrl.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/kernels/row_update.h"
#include "keratin/optimizers/common_options.h"
#include "keratin/optimizers/rule.h"

namespace keratin::optimizers {

namespace {

class FtrlRule final : public Rule {
 public:
  explicit FtrlRule(const FtrlOptions& o) : o_(o) {}

  std::vector<Slot> slots() const override {
    return {{.name = "accumulator", .initial = static_cast<float>(o_.initial_accumulator_value)},
            {.name = "linear"}};
  }
  StepScalars begin_step(std::int64_t, float learning_rate) override {
    const float l2 = static_cast<float>(o_.l2_regularization_strength) +
                     static_cast<float>(o_.beta) / (2.0f * learning_rate);
    return packed(kernels::FtrlScalars{
        .learning_rate = learning_rate,
        .power = static_cast<float>(-o_.learning_rate_power),
        .l1 = static_cast<float>(o_.l1_regularization_strength),
        .twice_l2 = 2.0f * l2,
        .twice_shrinkage = static_cast<float>(2 * o_.l2_shrinkage_regularization_strength)});
  }
  void update(const StepScalars& scalars, const kernels::UpdatedRows& rows) const override {
    const auto s = unpacked<kernels::FtrlScalars>(scalars);
    kernels::ftrl_update(rows, s);
  }
  Rest rest() const override {
    return {o_.l2_shrinkage_regularization_strength > 0 ? Rest::Kind::kRepeats
                                                        : Rest::Kind::kLatest};
  }
  /// With z beyond l1 and without gradient z += 2 shrinkage decay w, w = (l - z) / q, l = l1 with
  /// the sign of z: z - l is multiplied by 1 - 2 shrinkage decay / q. Otherwise w is 0.
  void repeat(const StepScalars& scalars, double decay, float* w, float* const* slots,
              std::size_t n, std::int64_t count) const override {
    const auto s = unpacked<kernels::FtrlScalars>(scalars);
    const auto rate = static_cast<double>(s.learning_rate);
    const auto twice_l2 = static_cast<double>(s.twice_l2);
    const double shrinks = static_cast<double>(s.twice_shrinkage) * decay;
    constexpr std::size_t kBlock = 64;  // loops of one kind of work each, which become vectors
    std::array<double, kBlock> q, factor, left;
    for (std::size_t begin = 0; begin < n; begin += kBlock) {
      const std::size_t size = std::min(kBlock, n - begin);
      const float* const a = slots[0] + begin;
      if (s.power == 0.5f) {
        for (std::size_t i = 0; i < size; ++i) q[i] = std::sqrt(static_cast<double>(a[i]));
      } else {
        for (std::size_t i = 0; i < size; ++i)
          q[i] = std::pow(static_cast<double>(a[i]), static_cast<double>(s.power));
      }
      for (std::size_t i = 0; i < size; ++i) {
        q[i] = q[i] / rate + twice_l2;
        factor[i] = 1 - shrinks / q[i];
        left[i] = 1;
      }
      for (std::int64_t bits = count; bits > 0; bits >>= 1) {  // left = factor^count
        if (bits & 1)
          for (std::size_t i = 0; i < size; ++i) left[i] *= factor[i];
        for (std::size_t i = 0; i < size; ++i) factor[i] *= factor[i];
      }
      for (std::size_t i = 0; i < size; ++i) {
        float& z = slots[1][begin + i];
        const double limit = std::copysign(s.l1, z);
        const double beyond = (z - limit) * left[i];
        const bool is_beyond = std::abs(z) > s.l1;
        z = is_beyond ? static_cast<float>(limit + beyond) : z;
        w[begin + i] = is_beyond ? static_cast<float>(-beyond / q[i]) : w[begin + i];
      }
    }
  }

 private:
  FtrlOptions o_;
};

}  // namespace

template <class F>
void fields(F& f, FtrlOptions& o) {
  common_fields(f, o);
  f("learning_rate_power", o.learning_rate_power);
  f("initial_accumulator_value", o.initial_accumulator_value);
  f("l1_regularization_strength", o.l1_regularization_strength);
  f("l2_regularization_strength", o.l2_regularization_strength);
  f("l2_shrinkage_regularization_strength", o.l2_shrinkage_regularization_strength);
  f("beta", o.beta);
}

Ftrl::Ftrl(Options options)
    : Configured(options, kName, common_options(options), std::make_unique<FtrlRule>(options)) {
  if (options_.initial_accumulator_value < 0) {
    invalid_argument("Ftrl", "initial_accumulator_value must be positive or zero. Received: ",
                     options_.initial_accumulator_value);
  }
  if (options_.learning_rate_power > 0) {
    invalid_argument("Ftrl", "learning_rate_power must be negative or zero. Received: ",
                     options_.learning_rate_power);
  }
  if (options_.l1_regularization_strength < 0) {
    invalid_argument("Ftrl", "l1_regularization_strength must be positive or zero. Received: ",
                     options_.l1_regularization_strength);
  }
  if (options_.l2_regularization_strength < 0) {
    invalid_argument("Ftrl", "l2_regularization_strength must be positive or zero. Received: ",
                     options_.l2_regularization_strength);
  }
  if (options_.l2_shrinkage_regularization_strength < 0) {
    invalid_argument("Ftrl",
                     "l2_shrinkage_regularization_strength must be positive or zero. Received: ",
                     options_.l2_shrinkage_regularization_strength);
  }
}

}  // namespace keratin::optimizers

namespace keratin {
template class Configured<optimizers::Ftrl, optimizers::FtrlOptions, optimizers::Optimizer>;
}  // namespace keratin
