// SPDX-License-Identifier: Apache-2.0
// Models compiled with losses, metrics and optimizers that users write in C++, in files.
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/golden.h"
#include "support/temporary_folder.h"
#include <gtest/gtest.h>

#include "keratin/layers/layers.h"
#include "keratin/losses/losses.h"
#include "keratin/metrics/metrics.h"
#include "keratin/models/models.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/ops.h"
#include "keratin/optimizers/optimizers.h"
#include "keratin/random/random.h"
#include "keratin/saving/saving.h"

namespace keratin::saving {
namespace {

/// The mean of squares, times a factor that stands in its config.
class Scaled : public losses::Loss {
 public:
  explicit Scaled(double factor) : Loss("scaled", "sum_over_batch_size"), factor_(factor) {}
  std::string_view class_name() const override { return "Scaled"; }
  Config get_config() const override { return Config::Dict{{"factor", factor_}}; }
  Value call(const Value& y_true, const Value& y_pred) const override {
    return factor_ * ops::mean(ops::square(y_true - y_pred), {-1});
  }

 private:
  double factor_;
};

class Distance : public metrics::Metric {
 public:
  explicit Distance(std::string name) : Metric(name) {}
  std::string_view class_name() const override { return "Distance"; }
  Config get_config() const override { return Config::Dict{{"name", name()}}; }
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor&,
                    const Tensor&) override {
    const Value sum = ops::sum(ops::absolute(Value(y_true) - Value(y_pred)));
    total_.assign((total_.value() + sum).tensor());
  }
  Tensor result() const override { return total_.value(); }

 private:
  Variable& total_ = add_variable("total");
};

class Momentum : public optimizers::Optimizer {
 public:
  Momentum(double momentum, const optimizers::OptimizerOptions& options)
      : Optimizer("Momentum", options), momentum_(momentum) {}
  std::string_view class_name() const override { return "Momentum"; }
  Config get_config() const override {
    Config config = base_config();
    config["momentum"] = momentum_;
    return config;
  }

 protected:
  void build_variables(std::span<Variable* const> variables) override {
    moments_ = add_variables(variables, "momentum");
  }
  void update_step(const Value& gradient, Variable& variable, float learning_rate,
                   Pass& step) override {
    Variable& moment = *moments_[index_of(variable)];
    const double rate = static_cast<double>(learning_rate);
    step.update(moment, (momentum_ * step.value(moment) - rate * gradient).tensor());
    step.update(variable, (step.value(variable) + step.value(moment)).tensor());
  }

 private:
  double momentum_;
  std::vector<Variable*> moments_;
};

const CustomObjects& known() {
  static const CustomObjects objects = {
      {"Scaled",
       [](const Config& c) { return std::make_shared<Scaled>(c.at("factor").as_double()); }},
      {"Distance",
       [](const Config& c) { return std::make_shared<Distance>(c.at("name").as_string()); }},
      {"Momentum", [](const Config& c) {
         return std::make_shared<Momentum>(
             c.at("momentum").as_double(),
             optimizers::OptimizerOptions{.learning_rate = c.at("learning_rate").as_double(),
                                          .name = c.at("name").as_string()});
       }}};
  return objects;
}

models::Sequential small() {
  return models::Sequential({layers::InputLayer({.batch_shape = Shape{kNone, 3}}),
                             layers::Dense({.units = 2}), layers::Dense({.units = 1})});
}
void compile(models::Sequential& model) {
  model.compile({.optimizer = std::make_shared<Momentum>(
                     0.7, optimizers::OptimizerOptions{.learning_rate = 0.05}),
                 .loss = std::make_shared<Scaled>(3.0),
                 .metrics = {std::make_shared<Distance>("far"), "mae"}});
}

template <class F>
std::string message(F function) {
  try {
    function();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

class CustomObjectsIn : public ::testing::TestWithParam<const char*> {};

TEST_P(CustomObjectsIn, FitGoesOnToTheBit) {
  const testing::TemporaryFolder folder;
  const Tensor x = random::normal({12, 3}, {.seed = 1}), y = random::normal({12, 1}, {.seed = 2});
  models::Sequential model = small();
  compile(model);
  model.fit(x, y, {.epochs = 2, .verbose = 0, .shuffle = false});
  const std::string path = folder / GetParam();
  save_model(model, path);
  const auto again = load_model(path, {.custom_objects = known()});
  const auto goes_on = [&](models::Model& of) {
    return of.fit(x, y, {.epochs = 2, .verbose = 0, .shuffle = false}).history;
  };
  EXPECT_EQ(goes_on(*again), goes_on(model));
  const auto found = again->get_weights(), wanted = model.get_weights();
  ASSERT_EQ(found.size(), wanted.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_EQ(testing::difference(found[i], wanted[i], 0, 0), "") << i;
  EXPECT_EQ(again->get_compile_config(), model.get_compile_config());
}

TEST_P(CustomObjectsIn, WhatIsNotGivenIsAnErrorThatNamesIt) {
  const testing::TemporaryFolder folder;
  models::Sequential model = small();
  compile(model);
  const std::string path = folder / GetParam();
  save_model(model, path);
  for (const auto& [name, maker] : known()) {
    CustomObjects others = known();
    others.erase(name);
    const std::string error = message([&] { load_model(path, {.custom_objects = others}); });
    EXPECT_NE(error.find("'" + name + "'"), std::string::npos) << error;
    others[name] = [](const Config&) { return std::shared_ptr<layers::Layer>(); };
    EXPECT_NE(message([&] { load_model(path, {.custom_objects = others}); }).find("'" + name + "'"),
              std::string::npos);  // a class of another kind is not this one
    EXPECT_FALSE(load_model(path, {.custom_objects = others, .compile = false})->compiled());
  }
  CustomObjects nothing = known();
  nothing["Scaled"] = [](const Config&) { return std::shared_ptr<losses::Loss>(); };
  const std::string error = message([&] { load_model(path, {.custom_objects = nothing}); });
  EXPECT_NE(error.find("gave nothing"), std::string::npos) << error;
}

INSTANTIATE_TEST_SUITE_P(Files, CustomObjectsIn, ::testing::Values("m.keras", "m.h5"),
                         [](const auto& info) { return std::string(info.param).substr(2); });

}  // namespace
}  // namespace keratin::saving
