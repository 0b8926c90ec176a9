// SPDX-License-Identifier: Apache-2.0
// Layers and models that users write in C++.
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/numbers.h"
#include <gtest/gtest.h>

#include "keratin/layers/layers.h"
#include "keratin/models/functional.h"
#include "keratin/models/sequential.h"
#include "keratin/ops/joins.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reductions.h"
#include "keratin/optimizers/optimizers.h"
#include "keratin/random/random.h"

namespace keratin::models {
namespace {

using testing::floats;
using testing::numbers;

using layers::Dense;
using layers::Input;
using layers::Layer;
using layers::LayerOf;

/// g * x * scale + (1 - g) * x, with a gate that is a layer.
class Highway : public LayerOf<Highway> {
 public:
  Highway() : LayerOf({.class_name = "Highway", .name = "highway"}) {}
  Config get_config() const override { return base_config(); }
  Shape compute_output_shape(const Shape& shape) const override { return shape; }
  std::vector<std::shared_ptr<Layer>> parts() const override { return {gate_}; }
  Values call(const Inputs& in, Pass& pass) const override {
    const Value x = in[0], g = (*gate_)(x, pass);
    return g * x * value(0, pass) + (1 - g) * x;
  }

 protected:
  void build_weights(const Shape& shape) override {
    gate_->build(shape);
    add_weight({.name = "scale", .shape = {shape.back()}, .initializer = "ones"});
  }

 private:
  std::shared_ptr<Layer> gate_ = std::make_shared<Dense>(
      layers::DenseOptions{.units = 3, .activation = "sigmoid", .name = "gate"});
};

TEST(OwnLayer, ItsWeightsAreItsOwnAndThoseOfItsParts) {
  Highway layer;
  layer(numbers({2, 3}, 1));
  std::vector<std::string> paths;
  for (const auto& weight : layer.weights()) paths.push_back(weight->path());
  EXPECT_EQ(paths, (std::vector<std::string>{"highway/scale", "highway/gate/kernel",
                                             "highway/gate/bias"}));
  layer.set_trainable(false);
  EXPECT_TRUE(layer.trainable_weights().empty());
}

TEST(OwnLayer, ATrainedModelOfItIsTheModelOfTheSameOperations) {
  const Value x = Input({.shape = Shape{4}});
  const auto wide = layers::shared(Dense({.units = 3, .activation = "tanh"}));
  Functional own(x, Dense({.units = 1})(Highway()((*wide)(x))));
  // The same without a layer of one's own: the scale stays, so that weight is 1 and untrained.
  const Value h = Dense({.units = 3, .activation = "tanh"})(x);
  const Value g = Dense({.units = 3, .activation = "sigmoid"})(h);
  Functional same(x, Dense({.units = 1})(Value(g * h + (1 - g) * h)));
  const auto by_size = own.get_weights();
  // own: wide kernel, bias, scale, gate kernel, bias, out kernel, bias
  ASSERT_EQ(by_size.size(), 7U);
  same.set_weights({by_size[0], by_size[1], by_size[3], by_size[4], by_size[5], by_size[6]});
  own.get_layer("highway").weights()[0]->set_trainable(false);
  const Tensor data = numbers({12, 4}, 2), y = numbers({12, 1}, 3);
  for (Functional* model : {&own, &same}) {
    model->compile({.optimizer = "sgd", .loss = "mse"});
    model->fit(data, y, {.epochs = 3, .verbose = 0, .shuffle = false});
  }
  const std::vector<float> found = floats(own.predict(data)), wanted = floats(same.predict(data));
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], wanted[i], 1e-6F);
}

/// Says that it gives what it is given, and gives what it is told to.
class Answering : public LayerOf<Answering> {
 public:
  explicit Answering(std::function<Values(const Value&)> answer)
      : LayerOf({.class_name = "Answering", .name = "mine"}), answer_(std::move(answer)) {}
  Config get_config() const override { return base_config(); }
  Shape compute_output_shape(const Shape& shape) const override { return shape; }
  Values call(const Inputs& in, Pass&) const override { return answer_(in[0]); }

 private:
  std::function<Values(const Value&)> answer_;
};

/// What is read behind it was planned for what it said: an error that names it, and nothing moves.
TEST(OwnLayer, AnAnswerThatIsNotWhatItSaidIsAnErrorOfItsOwn) {
  const std::vector<std::pair<std::string, std::function<Values(const Value&)>>> answers = {
      {"must return values. Received: none", [](const Value&) { return Values(); }},
      {"must return values. Received: one that is none",
       [](const Value&) { return Values(Value()); }},
      {"must return 1 value, as compute_output_spec() says. Received: 2",
       [](const Value& x) {
         return Values{x, x};
       }},
      {"must return a value of shape (None, 3), as compute_output_spec() says. Received: one of "
       "shape (4, 6)",
       [](const Value& x) {
         return ops::concatenate({x, x}, -1);
       }},
      {"must return a value of shape (None, 3), as compute_output_spec() says. Received: one of "
       "shape (4,)",
       [](const Value& x) { return ops::sum(x, {-1}); }},
  };
  for (const auto& [text, answer] : answers) {
    SCOPED_TRACE(text);
    const Value x = Input({.shape = Shape{2}});
    Functional model(x, Answering(answer)(Dense({.units = 3})(x)));
    model.compile({.optimizer = "adam", .loss = "mse"});
    const auto before = floats(model.get_weights()[0]);
    const Tensor data = numbers({4, 2}, 1), wanted = numbers({4, 3}, 2);
    const auto refused = [&](const auto& body) {
      try {
        body();
        ADD_FAILURE() << "was taken";
      } catch (const std::invalid_argument& error) {
        EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
        EXPECT_NE(std::string(error.what()).find("'mine'"), std::string::npos) << error.what();
      }
    };
    refused([&] { model.predict(data); });
    refused([&] { model.train_on_batch(data, wanted); });
    refused([&] { model.evaluate(data, wanted, {.verbose = 0}); });
    EXPECT_EQ(floats(model.get_weights()[0]), before);
    EXPECT_EQ(model.optimizer().iterations(), 0);
  }
}

/// A model whose step does nothing but count, and whose loss is its own.
class Counting : public Functional {
 public:
  using Functional::Functional;
  bool counts = false;
  int steps = 0, tests = 0, resets = 0;
  std::optional<Logs> own_train_step(const trainers::Batch& batch) override {
    if (!counts) return std::nullopt;
    Logs logs;
    logs.set("rows", static_cast<double>(batch.x[0].shape()[0]));
    ++steps;
    return logs;
  }
  std::optional<Logs> own_test_step(const trainers::Batch&) override {
    if (!counts) return std::nullopt;
    ++tests;
    Logs logs;
    logs.set("tests", tests);
    return logs;
  }
  Value own_loss(const trainers::Batch&, const Values& y_pred, Pass&) const override {
    return ops::sum(y_pred[0] * y_pred[0]) * 0.5;
  }
  void reset_own_metrics() override { ++resets; }
};

TEST(OwnModel, ItsStepsAreInPlaceOfTheTrainers) {
  const Value x = Input({.shape = Shape{2}});
  Counting model(x, Dense({.units = 1})(x));
  model.counts = true;
  model.compile({.optimizer = "sgd", .loss = "mse"});
  const auto before = floats(model.get_weights()[0]);
  const History history =
      model.fit(numbers({10, 2}, 1), numbers({10, 1}, 2),
                {.batch_size = 4, .epochs = 2, .verbose = 0, .validation_split = 0.2});
  EXPECT_EQ(model.steps, 4);
  EXPECT_EQ(model.tests, 2);
  EXPECT_GE(model.resets, 4);
  EXPECT_EQ(history.history.at("rows"), (std::vector<double>{4, 4}));
  EXPECT_EQ(history.history.at("val_tests"), (std::vector<double>{1, 2}));
  EXPECT_EQ(floats(model.get_weights()[0]), before);
}

TEST(OwnModel, ItsLossIsWhatTheStepGoesDown) {
  const Value x = Input({.shape = Shape{1}});
  Counting model(x, Dense({.units = 1, .use_bias = false, .kernel_initializer = "ones"})(x));
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.1}), .loss = "mse"});
  const Tensor data = Tensor::from(std::vector<float>{1, 2}, Shape{2, 1});
  const Logs logs = model.train_on_batch(data, data);
  // sum((w x)^2) / 2 = 2.5 at w = 1; its slope is sum(w x^2) = 5.
  EXPECT_FLOAT_EQ(static_cast<float>(*logs.get("loss")), 2.5F);
  EXPECT_FLOAT_EQ(floats(model.get_weights()[0])[0], 0.5F);
  EXPECT_FLOAT_EQ(static_cast<float>(*model.test_on_batch(data, data).get("loss")), 0.625F);
}

}  // namespace
}  // namespace keratin::models
