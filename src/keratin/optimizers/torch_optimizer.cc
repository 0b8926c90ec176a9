// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/torch_optimizer.h"

#include <cmath>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/kernels/row_update.h"
#include "keratin/optimizers/common_options.h"
#include "keratin/optimizers/rule.h"

namespace keratin::optimizers {
namespace {

/// Slots have torch's names.
class TorchRule : public Rule {
 public:
  explicit TorchRule(const TorchOptimizerOptions& o) : o_(o) {}

 protected:
  TorchOptimizerOptions o_;
};

class TorchSGD final : public TorchRule {
 public:
  using TorchRule::TorchRule;

  std::vector<Slot> slots() const override {
    if (o_.momentum == 0) return {};
    return {{.name = "momentum_buffer"}};
  }
  StepScalars begin_step(std::int64_t step, float learning_rate) override {
    const auto momentum = static_cast<float>(o_.momentum);
    return packed(
        kernels::MomentumScalars{.momentum = momentum,
                                 .gain = step == 1 ? 1.0f : one_minus(o_.dampening),
                                 .rate = o_.nesterov ? -learning_rate * momentum : -learning_rate,
                                 .ahead = -learning_rate});
  }
  void update(const StepScalars& scalars, const kernels::UpdatedRows& rows) const override {
    const auto s = unpacked<kernels::MomentumScalars>(scalars);
    if (o_.momentum == 0) {
      kernels::sgd_update(rows, -s.ahead);
    } else {
      kernels::momentum_update(rows, o_.nesterov, s);
    }
  }
  bool flushes_subnormals() const override { return o_.momentum != 0; }
  std::optional<Drift> drift() const override {
    if (o_.momentum == 0) return Drift{};
    return Drift{.kind = Drift::Kind::kProduct, .decay = {o_.momentum, 1, 1}};
  }
  double drift_size(const StepScalars& scalars) const override {
    return -static_cast<double>(unpacked<kernels::MomentumScalars>(scalars).rate);
  }
  bool moves_without_gradient() const override { return o_.momentum != 0; }
};

class TorchRMSprop final : public TorchRule {
 public:
  using TorchRule::TorchRule;

  std::vector<Slot> slots() const override {
    std::vector<Slot> slots = {{.name = "square_avg"}};
    if (o_.momentum > 0) slots.push_back({.name = "momentum_buffer"});
    if (o_.centered) slots.push_back({.name = "grad_avg"});
    return slots;
  }
  StepScalars begin_step(std::int64_t, float learning_rate) override {
    return packed(kernels::RMSpropScalars{.learning_rate = 1,
                                          .rho = static_cast<float>(o_.alpha),
                                          .one_minus_rho = one_minus(o_.alpha),
                                          .epsilon = 0,
                                          .momentum = static_cast<float>(o_.momentum),
                                          .outer_epsilon = static_cast<float>(o_.eps),
                                          .rate = learning_rate});
  }
  void update(const StepScalars& scalars, const kernels::UpdatedRows& rows) const override {
    auto s = unpacked<kernels::RMSpropScalars>(scalars);
    if (!(o_.momentum > 0)) s.learning_rate = s.rate;
    kernels::rmsprop_update(rows, o_.momentum > 0, o_.centered, s);
  }
  bool flushes_subnormals() const override { return true; }
  std::optional<Drift> drift() const override {
    Drift drift{.decay = {o_.alpha, o_.alpha, o_.alpha}};
    if (o_.momentum > 0) {
      drift.kind = Drift::Kind::kProduct;
      drift.m = 1;
      drift.decay[1] = o_.momentum;
    }
    return drift;
  }
  double drift_size(const StepScalars& scalars) const override {
    return static_cast<double>(unpacked<kernels::RMSpropScalars>(scalars).rate);
  }
};

class TorchAdagrad final : public TorchRule {
 public:
  using TorchRule::TorchRule;

  std::vector<Slot> slots() const override {
    return {{.name = "sum", .initial = static_cast<float>(o_.initial_accumulator_value)}};
  }
  StepScalars begin_step(std::int64_t step, float learning_rate) override {
    const double rate =
        static_cast<double>(learning_rate) / (1 + static_cast<double>(step - 1) * o_.lr_decay);
    return packed(kernels::AdagradScalars{.learning_rate = static_cast<float>(rate),
                                          .epsilon = 0,
                                          .outer_epsilon = static_cast<float>(o_.eps)});
  }
  void update(const StepScalars& scalars, const kernels::UpdatedRows& rows) const override {
    kernels::adagrad_update(rows, unpacked<kernels::AdagradScalars>(scalars));
  }
  std::optional<Drift> drift() const override { return Drift{}; }
  bool moves_without_gradient() const override { return false; }
};

/// Epsilon is added to the root of the corrected square: to the root of the square it is another
/// one at each step, and so that no closed form is known.
class TorchAdam final : public TorchRule {
 public:
  using TorchRule::TorchRule;

  std::vector<Slot> slots() const override {
    std::vector<Slot> slots = {{.name = "exp_avg"}, {.name = "exp_avg_sq"}};
    if (o_.amsgrad) slots.push_back({.name = "max_exp_avg_sq"});
    return slots;
  }
  StepScalars begin_step(std::int64_t step, float learning_rate) override {
    const auto t = static_cast<double>(step);
    const double root = std::sqrt(1 - std::pow(o_.beta_2, t));
    const double alpha = static_cast<double>(learning_rate) * root / (1 - std::pow(o_.beta_1, t));
    return packed(kernels::AdamScalars{.alpha = static_cast<float>(alpha),
                                       .one_minus_beta_1 = one_minus(o_.beta_1),
                                       .one_minus_beta_2 = one_minus(o_.beta_2),
                                       .epsilon = static_cast<float>(o_.eps * root)});
  }
  void update(const StepScalars& scalars, const kernels::UpdatedRows& rows) const override {
    const auto s = unpacked<kernels::AdamScalars>(scalars);
    if (o_.amsgrad) {
      kernels::amsgrad_update(rows, s);
    } else {
      kernels::adam_update(rows, s);
    }
  }
  bool flushes_subnormals() const override { return true; }
  /// Epsilon grows, and the root falls by no more than that of beta_2: so do their sums.
  Rest rest() const override {
    const double root = o_.amsgrad ? 1 : std::sqrt(o_.beta_2);
    return {Rest::Kind::kMoment, 0, {o_.beta_1, o_.beta_2, 1}, o_.beta_1 / root};
  }
  double drift_size(const StepScalars& scalars) const override {
    return static_cast<double>(unpacked<kernels::AdamScalars>(scalars).alpha);
  }
};

/// Errors name the formula: users have never seen this class.
void want(const TorchOptimizerOptions& o, bool holds, std::string_view option, double given,
          std::string_view what) {
  if (!holds) invalid_argument(o.formula, option, " must be ", what, ". Received: ", given);
}
void want_share(const TorchOptimizerOptions& o, std::string_view option, double given) {
  want(o, given >= 0 && given < 1, option, given, "at least 0 and less than 1");
}

std::unique_ptr<Rule> make_rule(const TorchOptimizerOptions& o) {
  if (o.formula == "SGD") {
    want_share(o, "momentum", o.momentum);
    return std::make_unique<TorchSGD>(o);
  }
  if (o.formula == "RMSprop") {
    want(o, o.eps > 0, "eps", o.eps, "positive");
    want_share(o, "alpha", o.alpha);
    want_share(o, "momentum", o.momentum);
    return std::make_unique<TorchRMSprop>(o);
  }
  if (o.formula == "Adagrad") {
    want(o, o.initial_accumulator_value >= 0, "initial_accumulator_value",
         o.initial_accumulator_value, "positive or zero");
    want(o, o.eps >= 0 && o.eps + o.initial_accumulator_value > 0, "eps", o.eps,
         "positive, or initial_accumulator_value");
    return std::make_unique<TorchAdagrad>(o);
  }
  if (o.formula == "Adam") {
    want(o, o.eps > 0, "eps", o.eps, "positive");
    want_share(o, "betas[0]", o.beta_1);
    want_share(o, "betas[1]", o.beta_2);
    return std::make_unique<TorchAdam>(o);
  }
  invalid_argument("TorchOptimizer",
                   "formula must be \"SGD\", \"RMSprop\", \"Adagrad\" or \"Adam\". Received: \"",
                   o.formula, "\"");
}

}  // namespace

template <class F>
void fields(F& f, TorchOptimizerOptions& o) {
  f("formula", o.formula);
  common_fields(f, o);
  f("momentum", o.momentum);
  f("dampening", o.dampening);
  f("nesterov", o.nesterov);
  f("alpha", o.alpha);
  f("eps", o.eps);
  f("centered", o.centered);
  f("lr_decay", o.lr_decay);
  f("initial_accumulator_value", o.initial_accumulator_value);
  f("beta_1", o.beta_1);
  f("beta_2", o.beta_2);
  f("amsgrad", o.amsgrad);
}

TorchOptimizer::TorchOptimizer(Options options)
    : Configured(options, kName, common_options(options), make_rule(options)) {}

}  // namespace keratin::optimizers

namespace keratin {
template class Configured<optimizers::TorchOptimizer, optimizers::TorchOptimizerOptions,
                          optimizers::Optimizer>;
}  // namespace keratin
