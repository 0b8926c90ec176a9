// SPDX-License-Identifier: Apache-2.0
// Losses, metrics and optimizers that users write in C++, beside those of the lists.
#include <cmath>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/numbers.h"
#include <gtest/gtest.h>

#include "keratin/layers/layers.h"
#include "keratin/losses/losses.h"
#include "keratin/metrics/metrics.h"
#include "keratin/models/functional.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/ops.h"
#include "keratin/optimizers/optimizers.h"
#include "keratin/random/random.h"

namespace keratin::models {
namespace {

using testing::floats;
using testing::numbers;

using layers::Dense;
using layers::Input;
using optimizers::OptimizerOptions;

/// Keras's mean squared error, by ops.
class Squares : public losses::Loss {
 public:
  explicit Squares(std::optional<std::string> reduction = "sum_over_batch_size")
      : Loss("squares", reduction) {}
  std::string_view class_name() const override { return "Squares"; }
  Config get_config() const override { return Config::Dict{{"name", name()}}; }
  Value call(const Value& y_true, const Value& y_pred) const override {
    return ops::mean(ops::square(y_true - y_pred), {-1});
  }
};

/// Keras's mean absolute error as a metric whose state is two variables.
class Distance : public metrics::Metric {
 public:
  Distance() : Metric("distance") {}
  std::string_view class_name() const override { return "Distance"; }
  Config get_config() const override { return Config::Dict{{"name", name()}}; }
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& /*sample_weight*/,
                    const Tensor& /*mask*/) override {
    if (fails) throw std::runtime_error("the metric of the user's");
    const Value sum = ops::sum(ops::absolute(Value(y_true) - Value(y_pred)));
    total_.assign((total_.value() + sum).tensor());
    count_.assign((count_.value() + static_cast<double>(y_pred.shape().size())).tensor());
  }
  Tensor result() const override { return (total_.value() / Value(count_.value())).tensor(); }
  bool fails = false;

 private:
  Variable& total_ = add_variable("total");
  Variable& count_ = add_variable("count");
};

/// Keras's SGD with momentum.
class Momentum : public optimizers::Optimizer {
 public:
  explicit Momentum(OptimizerOptions options) : Optimizer("Momentum", options) {}
  std::string_view class_name() const override { return "Momentum"; }
  Config get_config() const override { return base_config(); }
  int fails_at = -1;

 protected:
  void build_variables(std::span<Variable* const> variables) override {
    moments_ = add_variables(variables, "momentum");
  }
  void update_step(const Value& gradient, Variable& variable, float learning_rate,
                   Pass& step) override {
    if (static_cast<int>(index_of(variable)) == fails_at) throw std::runtime_error("a step");
    Variable& moment = *moments_[index_of(variable)];
    const double rate = static_cast<double>(learning_rate);
    step.update(moment, (0.9 * step.value(moment) - rate * gradient).tensor());
    step.update(variable, (step.value(variable) + step.value(moment)).tensor());
  }

 private:
  std::vector<Variable*> moments_;
};

/// Two computations of the same few sums in float32.
void expect_near(const Tensor& found, const Tensor& wanted) {
  const std::vector<float> a = floats(found), b = floats(wanted);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 2e-6F * (1 + std::abs(b[i])));
}
Functional small_model() {
  const Value x = Input({.shape = Shape{4}});
  return Functional(x, Dense({.units = 2, .name = "out"})(Dense({.units = 3})(x)));
}

TEST(OwnLoss, IsTheLossOfTheSameFormulaWhateverTheReductionAndTheWeights) {
  const Tensor y = numbers({5, 3, 2}, 1), p = numbers({5, 3, 2}, 2);
  const Tensor weight = Tensor::from(std::vector<float>{1, 0, 2, 3, 0.5F}, Shape{5, 1});
  const Tensor mask =
      Tensor::from(std::vector<bool>{true, false, true, true, true, true, false, true, true, true,
                                     true, true, false, true, true},
                   Shape{5, 3});
  for (const char* reduction : {"sum_over_batch_size", "sum", "mean_with_sample_weight", "none"}) {
    const Squares own(reduction);
    const losses::MeanSquaredError known({.reduction = reduction});
    for (const Tensor& w : {Tensor(), weight}) {
      for (const Tensor& m : {Tensor(), mask}) {
        if (w && m)
          continue;  // (5,) and (5, 3) go together by Keras's rules of one axis more alone
        expect_near(own(y, p, w, m), known(y, p, w, m));
        const auto a = own.value_and_gradient(y, p, w, m), b = known.value_and_gradient(y, p, w, m);
        EXPECT_NEAR(a.loss, b.loss, 2e-6F * (1 + std::abs(b.loss)));
        expect_near(a.gradient, b.gradient);
      }
    }
  }
}

TEST(OwnLoss, LabelsOfAnyTypeAreFloats) {
  const Tensor y = Tensor::from(std::vector<std::int32_t>{1, 2}, Shape{2, 1});
  EXPECT_FLOAT_EQ(floats(Squares()(y, Tensor::from(std::vector<float>{0, 4}, Shape{2, 1})))[0],
                  2.5F);
}

TEST(OwnLoss, WhatItsCallGivesIsLookedAt) {
  class Wrong : public Squares {
   public:
    Value call(const Value&, const Value&) const override { return {}; }
  };
  class Without : public losses::Loss {
   public:
    Without() : Loss("without") {}
    std::string_view class_name() const override { return "Without"; }
    Config get_config() const override { return Config::dict(); }
  };
  const Tensor y = numbers({2, 1}, 1);
  EXPECT_THROW(Wrong()(y, y), std::invalid_argument);
  EXPECT_THROW(Without()(y, y), std::logic_error);
}

TEST(OwnLossMetricAndOptimizer, TrainAsThoseOfTheLists) {
  Functional own = small_model(), known = small_model();
  known.set_weights(own.get_weights());
  const Tensor x = numbers({24, 4}, 2), y = numbers({24, 2}, 3);
  own.compile(
      {.optimizer = Momentum({.learning_rate = 0.05}), .loss = Squares(), .metrics = {Distance()}});
  known.compile({.optimizer = optimizers::SGD({.learning_rate = 0.05, .momentum = 0.9}),
                 .loss = "mse",
                 .metrics = {"mae"}});
  std::vector<History> histories;
  for (Functional* model : {&own, &known}) {
    histories.push_back(
        model->fit(x, y, {.batch_size = 8, .epochs = 3, .verbose = 0, .shuffle = false}));
  }
  const auto a = own.get_weights(), b = known.get_weights();
  for (std::size_t i = 0; i < a.size(); ++i) expect_near(a[i], b[i]);
  for (std::size_t epoch = 0; epoch < 3; ++epoch) {
    EXPECT_NEAR(histories[0].history.at("loss")[epoch], histories[1].history.at("loss")[epoch],
                1e-5);
    EXPECT_NEAR(histories[0].history.at("distance")[epoch], histories[1].history.at("mae")[epoch],
                1e-5);
  }
  // The state goes on: the moments are part of it, and another optimizer takes it.
  const auto state = own.optimizer().get_weights(), of_known = known.optimizer().get_weights();
  ASSERT_EQ(state.size(), of_known.size());
  for (std::size_t i = 2; i < state.size(); ++i) expect_near(state[i], of_known[i]);
  EXPECT_EQ(own.optimizer().count_params(), known.optimizer().count_params());
  EXPECT_EQ(own.optimizer().weight_names().size(), state.size());
}

TEST(OwnOptimizer, TakesWhatAllOptimizersTake) {
  const auto with = [](int option, auto options) {
    options.learning_rate = 0.05;
    switch (option) {
      case 0:
        options.weight_decay = 0.1;
        break;
      case 1:
        options.clipnorm = 0.1;
        break;
      case 2:
        options.clipvalue = 0.02;
        break;
      case 3:
        options.global_clipnorm = 0.1;
        break;
      case 4:
        options.use_ema = true;
        options.ema_momentum = 0.8;
        options.ema_overwrite_frequency = 2;
        break;
      case 5:
        options.loss_scale_factor = 4;
        break;
      default:
        options.gradient_accumulation_steps = 2;
    }
    return options;
  };
  const Tensor x = numbers({24, 4}, 2), y = numbers({24, 2}, 3);
  for (int option = 0; option < 7; ++option) {
    const auto make = [] {
      const Value in = Input({.shape = Shape{4}});
      return Functional(
          in,
          Dense({.units = 2, .kernel_regularizer = "l2", .kernel_constraint = "unit_norm"})(in));
    };
    Functional own = make(), known = make();
    known.set_weights(own.get_weights());
    own.compile({.optimizer = Momentum(with(option, OptimizerOptions())), .loss = "mse"});
    known.compile(
        {.optimizer = optimizers::SGD(with(option, optimizers::SGDOptions{.momentum = 0.9})),
         .loss = "mse"});
    for (Functional* model : {&own, &known})
      model->fit(x, y, {.batch_size = 6, .epochs = 2, .verbose = 0, .shuffle = false});
    const auto a = own.get_weights(), b = known.get_weights();
    for (std::size_t i = 0; i < a.size(); ++i) {
      SCOPED_TRACE(option);
      expect_near(a[i], b[i]);
    }
  }
}

TEST(OwnOptimizer, OfATableVisitsAllRows) {
  const auto make = [] {
    const Value ids = Input({.shape = Shape{3}, .dtype = DType::kInt32});
    return Functional(ids, layers::GlobalAveragePooling1D()(
                               layers::Embedding({.input_dim = 9, .output_dim = 2})(ids)));
  };
  Functional own = make(), known = make();
  known.set_weights(own.get_weights());
  own.compile({.optimizer = Momentum({.learning_rate = 0.5}), .loss = "mse"});
  known.compile(
      {.optimizer = optimizers::SGD({.learning_rate = 0.5, .momentum = 0.9}), .loss = "mse"});
  const Tensor ids = random::randint({12, 3}, 0, 9, {.seed = 4});
  for (Functional* model : {&own, &known})
    model->fit(ids, numbers({12, 2}, 5),
               {.batch_size = 2, .epochs = 2, .verbose = 0, .shuffle = false});
  expect_near(own.get_weights()[0], known.get_weights()[0]);
}

TEST(OwnOptimizer, AStepThatFailsInTheMiddleChangesNothing) {
  Functional model = small_model();
  auto optimizer = std::make_shared<Momentum>(OptimizerOptions{.learning_rate = 0.05});
  auto metric = std::make_shared<Distance>();
  model.compile({.optimizer = optimizer, .loss = Squares(), .metrics = {metric}});
  const Tensor x = numbers({8, 4}, 2), y = numbers({8, 2}, 3);
  model.train_on_batch(x, y);
  const auto weights = model.get_weights(), state = optimizer->get_weights();
  const auto is_as_before = [&] {
    for (std::size_t i = 0; i < weights.size(); ++i)
      EXPECT_EQ(floats(model.get_weights()[i]), floats(weights[i]));
    for (std::size_t i = 1; i < state.size(); ++i)
      EXPECT_EQ(floats(optimizer->get_weights()[i]), floats(state[i]));
    EXPECT_EQ(optimizer->iterations(), 1);
  };
  optimizer->fails_at = 2;
  EXPECT_THROW(model.train_on_batch(x, y), std::runtime_error);
  is_as_before();
  for (const Tensor& count : metric->get_variables())
    EXPECT_EQ(count.data<double>()[0], 0);  // no batch is half counted
  optimizer->fails_at = -1;
  metric->fails = true;
  EXPECT_THROW(model.train_on_batch(x, y), std::runtime_error);
  is_as_before();
}

TEST(OwnOptimizer, WhatItAssignsHasTheShapeOfTheVariable) {
  class Wrong : public Momentum {
   public:
    using Momentum::Momentum;

   protected:
    void update_step(const Value& gradient, Variable& variable, float, Pass& step) override {
      step.update(variable, ops::sum(gradient).tensor());
    }
  };
  Functional model = small_model();
  model.compile({.optimizer = Wrong({.learning_rate = 0.05}), .loss = "mse"});
  const auto before = model.get_weights();
  EXPECT_THROW(model.train_on_batch(numbers({8, 4}, 2), numbers({8, 2}, 3)), std::invalid_argument);
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_EQ(floats(model.get_weights()[i]), floats(before[i]));
}

TEST(OwnMetric, ItsStateIsReadSetAndStartsAnew) {
  Distance metric;
  metric.update_state(Tensor::from(std::vector<float>{1, 2}),
                      Tensor::from(std::vector<float>{2, 5}), {}, {});
  EXPECT_FLOAT_EQ(floats(metric.result())[0], 2);
  EXPECT_EQ(metric.variable_names(), (std::vector<std::string>{"total", "count"}));
  auto state = metric.get_variables();
  metric.reset_state();
  EXPECT_EQ(metric.get_variables()[1].data<double>()[0], 0);
  metric.set_variables(state);
  EXPECT_FLOAT_EQ(floats(metric.result())[0], 2);
  state.pop_back();
  EXPECT_THROW(metric.set_variables(state), std::invalid_argument);
}

}  // namespace
}  // namespace keratin::models
