// SPDX-License-Identifier: Apache-2.0
// Classes that a user derives from Keratin's, with the installed headers alone: each beside one of
// Keratin's own.
#include <cassert>
#include <cmath>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <keratin/keratin.h>

namespace kt = keratin;

class Squares : public kt::losses::Loss {
 public:
  Squares() : Loss("squares") {}
  std::string_view class_name() const override { return "Squares"; }
  kt::Config get_config() const override { return kt::Config::Dict{{"name", name()}}; }
  kt::Value call(const kt::Value& y_true, const kt::Value& y_pred) const override {
    return kt::ops::mean(kt::ops::square(y_true - y_pred), {-1});
  }
};

class Distance : public kt::metrics::Metric {
 public:
  Distance() : Metric("distance") {}
  std::string_view class_name() const override { return "Distance"; }
  kt::Config get_config() const override { return kt::Config::Dict{{"name", name()}}; }
  void update_state(const kt::Tensor& y_true, const kt::Tensor& y_pred,
                    const kt::Tensor& /*sample_weight*/, const kt::Tensor& /*mask*/) override {
    const kt::Value sum = kt::ops::sum(kt::ops::absolute(kt::Value(y_true) - kt::Value(y_pred)));
    total_.assign((total_.value() + sum).tensor());
    count_.assign((count_.value() + static_cast<double>(y_pred.shape().size())).tensor());
  }
  kt::Tensor result() const override {
    return (total_.value() / kt::Value(count_.value())).tensor();
  }

 private:
  kt::Variable& total_ = add_variable("total");
  kt::Variable& count_ = add_variable("count");
};

class Momentum : public kt::optimizers::Optimizer {
 public:
  explicit Momentum(kt::optimizers::OptimizerOptions options) : Optimizer("Momentum", options) {}
  std::string_view class_name() const override { return "Momentum"; }
  kt::Config get_config() const override { return base_config(); }

 protected:
  void build_variables(std::span<kt::Variable* const> variables) override {
    moments_ = add_variables(variables, "momentum");
  }
  void update_step(const kt::Value& gradient, kt::Variable& variable, float learning_rate,
                   kt::Pass& step) override {
    kt::Variable& moment = *moments_[index_of(variable)];
    const double rate = static_cast<double>(learning_rate);
    step.update(moment, (0.9 * step.value(moment) - rate * gradient).tensor());
    step.update(variable, (step.value(variable) + step.value(moment)).tensor());
  }

 private:
  std::vector<kt::Variable*> moments_;
};

int main() {
  const auto make = [] {
    const kt::Value x = kt::Input({.shape = kt::Shape{4}});
    return kt::Functional(x, kt::layers::Dense({.units = 2})(
                                 kt::layers::Dense({.units = 3, .activation = "tanh"})(x)));
  };
  kt::Functional own = make(), known = make();
  known.set_weights(own.get_weights());
  own.compile(
      {.optimizer = Momentum({.learning_rate = 0.05, .weight_decay = 0.01, .clipnorm = 0.5}),
       .loss = Squares(),
       .metrics = {Distance()}});
  known.compile(
      {.optimizer = kt::optimizers::SGD(
           {.learning_rate = 0.05, .momentum = 0.9, .weight_decay = 0.01, .clipnorm = 0.5}),
       .loss = "mse",
       .metrics = {"mae"}});
  const kt::Tensor x = kt::random::normal({32, 4}, {.seed = 1}),
                   y = kt::random::normal({32, 2}, {.seed = 2});
  std::vector<kt::History> histories;
  for (kt::Functional* model : {&own, &known})
    histories.push_back(
        model->fit(x, y, {.batch_size = 8, .epochs = 3, .verbose = 0, .shuffle = false}));
  for (std::size_t epoch = 0; epoch < 3; ++epoch) {
    assert(std::abs(histories[0].history.at("loss")[epoch] -
                    histories[1].history.at("loss")[epoch]) < 1e-5);
    assert(std::abs(histories[0].history.at("distance")[epoch] -
                    histories[1].history.at("mae")[epoch]) < 1e-5);
  }
}
