// SPDX-License-Identifier: Apache-2.0
#include "keratin/trainers/trainer.h"

#include <thread>

#include "support/golden.h"
#include "support/linear_model.h"
#include "support/numbers.h"
#include <gtest/gtest.h>

#include "keratin/base/seed.h"
#include "keratin/regularizers/regularizer.h"

namespace keratin::trainers {
namespace {

using testing::floats;
using testing::golden_tensor;
using testing::LinearModel;

/// l2 times the sum of squares.
class Square final : public regularizers::Regularizer {
 public:
  explicit Square(double l2) : l2_(l2) {}
  std::string_view class_name() const override { return "Square"; }
  Config get_config() const override { return Config::dict(); }
  float penalty(std::span<const float> x, const Shape&) const override {
    double sum = 0;
    for (const float value : x) sum += static_cast<double>(value) * static_cast<double>(value);
    return static_cast<float>(l2_ * sum);
  }
  void add_gradient(std::span<const float> x, const Shape&, float scale,
                    std::span<float> gradient) const override {
    for (std::size_t i = 0; i < x.size(); ++i)
      gradient[i] += scale * static_cast<float>(2 * l2_) * x[i];
  }

 private:
  double l2_;
};

/// What an error says; empty when there is none.
template <class Error, class Function>
std::string error_of(Function&& function) {
  try {
    function();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

bool says(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

Tensor numbers(std::int64_t count, float factor = 1) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(factor * static_cast<float>(i) / 8);
  return Tensor::from(values, {count, 1});
}

/// Everything that a refused batch must leave alone.
struct Snapshot {
  explicit Snapshot(const Trainer& model)
      : weights(model.get_weights()), optimizer(model.optimizer().get_weights()) {}
  void expect_same(const Trainer& model) const {
    const Snapshot now(model);
    for (std::size_t i = 0; i < weights.size(); ++i)
      EXPECT_EQ(floats(now.weights[i]), floats(weights[i]));
    ASSERT_EQ(now.optimizer.size(), optimizer.size());
    for (std::size_t i = 0; i < optimizer.size(); ++i) {
      EXPECT_EQ(
          testing::difference(cast_to_float(now.optimizer[i]), cast_to_float(optimizer[i]), 0, 0),
          "");
    }
  }
  static Tensor cast_to_float(const Tensor& tensor) {
    Tensor out = Tensor::zeros(tensor.shape());
    visit_dtype(tensor.dtype(), [&](auto zero) {
      const auto from = tensor.data<decltype(zero)>();
      for (std::size_t i = 0; i < from.size(); ++i)
        out.data<float>()[i] = static_cast<float>(from[i]);
    });
    return out;
  }
  std::vector<Tensor> weights;
  std::vector<Tensor> optimizer;
};

TEST(Trainer, NeedsCompileAndALoss) {
  LinearModel model;
  const Tensor x = numbers(4);
  EXPECT_TRUE(says(error_of<std::invalid_argument>([&] { model.fit(x, x); }),
                   "[fit] you must call compile()"));
  EXPECT_TRUE(says(error_of<std::invalid_argument>([&] { model.evaluate(x, x); }),
                   "[evaluate] you must call compile()"));
  EXPECT_TRUE(
      says(error_of<std::invalid_argument>([&] { model.train_on_batch(x, x); }), "compile()"));
  EXPECT_TRUE(
      says(error_of<std::invalid_argument>([&] { model.test_on_batch(x, x); }), "compile()"));
  EXPECT_THROW(model.optimizer(), std::invalid_argument);
  EXPECT_EQ(model.metrics_names(), std::vector<std::string>{"loss"});
  model.compile("sgd", {});
  EXPECT_TRUE(says(error_of<std::invalid_argument>([&] { model.fit(x, x, {.verbose = 0}); }),
                   "no loss to compute"));
  EXPECT_THROW(model.compile({.optimizer = nullptr}), std::invalid_argument);
  EXPECT_THROW(model.compile("sgd", "mean_squared_eror"), std::invalid_argument);
  EXPECT_THROW(model.compile("sgd", "mse", {"no_such_metric"}), std::invalid_argument);
  EXPECT_TRUE(model.compiled());
}

TEST(Trainer, RefusesBadDataAndOptions) {
  LinearModel model;
  model.compile("sgd", "mse", {"mae"});
  const Tensor x = numbers(4);
  const Tensor y = numbers(4);
  const auto refuses = [&](const Tensor& a, const Tensor& b, FitOptions options,
                           std::string_view text) {
    options.verbose = 0;
    const Snapshot before(model);
    const std::string error = error_of<std::invalid_argument>([&] { model.fit(a, b, options); });
    EXPECT_TRUE(says(error, text)) << error;
    before.expect_same(model);
  };
  refuses(x, numbers(5), {},
          "x and y must have the same number of samples. Received: 4 in x of shape (4, 1), 5 in y");
  refuses(x, y, {.sample_weight = Tensor::from<float>({1, 2})},
          "x and sample_weight must have the same");
  refuses(Tensor(), y, {}, "x is missing");
  refuses(x, Tensor(), {}, "needs y");
  refuses(Tensor::zeros({0, 1}), Tensor::zeros({0, 1}), {}, "the data are empty");
  refuses(x, y, {.batch_size = 0}, "batch_size must be positive. Received: 0");
  refuses(x, y, {.epochs = 0}, "epochs must be positive. Received: 0");
  refuses(x, y, {.validation_split = 1.0},
          "validation_split must be at least 0 and less than 1. Received: 1");
  refuses(x, y, {.validation_split = -0.5}, "validation_split must be");
  refuses(x, y, {.validation_split = 0.9}, "leaves no sample to train on");
  refuses(x, y, {.validation_data = ValidationData{x, numbers(3)}},
          "[fit: validation_data] x and y");
  refuses(x, y, {.class_weight = {{0, 1.0}}, .sample_weight = Tensor::from<float>({1, 1, 1, 1})},
          "at the same time");
  refuses(x, y, {.initial_epoch = -1}, "initial_epoch");
  refuses(x, y, {.steps_per_epoch = 0}, "steps_per_epoch must be positive. Received: 0");
  refuses(x, y, {.validation_freq = 0}, "validation_freq");
  refuses(Tensor::zeros({4, 2}), y, {}, "[LinearModel]");
  EXPECT_THROW(model.fit(x, y, {.verbose = 3}), std::invalid_argument);
  EXPECT_THROW(model.predict(Tensor::zeros({0, 1})), std::invalid_argument);
  EXPECT_THROW(model.predict(Tensor()), std::invalid_argument);
  EXPECT_THROW(model.predict(x, {.batch_size = 0}), std::invalid_argument);
  EXPECT_THROW(model.predict(x, {.batch_size = -3}), std::invalid_argument);
  EXPECT_THROW(model.predict_on_batch(Tensor()), std::invalid_argument);
}

TEST(Trainer, ARefusedBatchLeavesEverything) {
  LinearModel model(0.5f);
  model.compile("sgd", "mse", {"mae"});
  Tensor x = numbers(12);
  const Tensor y = numbers(12, 3);
  model.fit(x, y, {.batch_size = 4, .verbose = 0});
  const Snapshot before(model);
  const Tensor bad = Tensor::from<float>({0, 2e6f}, {2, 1});
  EXPECT_THROW(model.train_on_batch(bad, numbers(2)), std::out_of_range);
  before.expect_same(model);
  // A label shape that the loss refuses, after forward.
  EXPECT_THROW(model.train_on_batch(numbers(2), Tensor::zeros({2, 3})), std::invalid_argument);
  before.expect_same(model);

  // In fit: the batches before the bad one have moved the weights, the bad one and the rest have
  // not.
  LinearModel twin(0.5f);
  twin.compile("sgd", "mse", {"mae"});
  twin.fit(x, y, {.batch_size = 4, .verbose = 0});
  const Snapshot twin_before(twin);
  twin_before.expect_same(twin);
  x.data<float>()[9] = 2e6f;
  const std::string error = error_of<std::out_of_range>(
      [&] { model.fit(x, y, {.batch_size = 4, .verbose = 0, .shuffle = false}); });
  EXPECT_TRUE(says(error, "rows 8 to 11 of the data")) << error;
  EXPECT_EQ(model.optimizer().iterations(), twin.optimizer().iterations() + 2);
  model.fit(numbers(12), y, {.verbose = 0});  // usable
}

/// Refuses batches that hold a y above 100.
class Picky final : public metrics::Metric {
 public:
  Picky() : Metric("picky") {}
  std::string_view class_name() const override { return "Picky"; }
  Config get_config() const override { return Config::dict(); }
  void update_state(const Tensor& y, const Tensor&, const Tensor& weight, const Tensor&) override {
    for (const float value : y.data<float>()) {
      if (value > 100) throw std::invalid_argument("[Picky] y is too large.");
    }
    ++batches;
    weighted = static_cast<bool>(weight);
  }
  Tensor result() const override {
    return Tensor::from<float>({static_cast<float>(batches), 7.0f});
  }
  void reset_state() override { batches = 0; }
  int batches = 0;
  bool weighted = false;
};

TEST(Trainer, ARefusingMetricLeavesTheWeights) {
  LinearModel model(0.5f);
  const auto counts = std::make_shared<Picky>();
  model.compile({.optimizer = "sgd", .loss = "mse", .metrics = {counts, "mae"}});
  const Logs logs = model.train_on_batch(numbers(4), numbers(4));
  // A metric of several numbers.
  ASSERT_EQ(logs.items().size(), 4u);
  EXPECT_EQ(logs.items()[1], (std::pair<std::string, double>("picky[0]", 1)));
  EXPECT_EQ(logs.items()[2], (std::pair<std::string, double>("picky[1]", 7)));
  const Snapshot before(model);
  EXPECT_THROW(model.train_on_batch(numbers(2), Tensor::from<float>({0, 1000}, {2, 1})),
               std::invalid_argument);
  before.expect_same(model);
  EXPECT_EQ(counts->batches, 0);
}

TEST(Trainer, WeightsReachWeightedMetricsOnly) {
  LinearModel model;
  const auto plain = std::make_shared<Picky>();
  const auto weighted = std::make_shared<Picky>();
  model.compile(
      {.optimizer = "sgd", .loss = "mse", .metrics = {plain}, .weighted_metrics = {weighted}});
  model.train_on_batch(numbers(2), numbers(2), {.sample_weight = Tensor::from<double>({1, 2})});
  EXPECT_FALSE(plain->weighted);
  EXPECT_TRUE(weighted->weighted);
  EXPECT_EQ(model.metrics_names(), (std::vector<std::string>{"loss", "picky", "weighted_picky"}));
}

TEST(Trainer, SameSeedSameHistory) {
  const auto train = [] {
    random::set_random_seed(11);
    LinearModel model(0.5f);
    model.compile("sgd", "mse", {"mae"});
    return model.fit(numbers(20), numbers(20, 2), {.batch_size = 3, .epochs = 4, .verbose = 0})
        .history;
  };
  const auto first = train();
  EXPECT_EQ(first, train());
  LinearModel model(0.5f);
  model.compile("sgd", "mse", {"mae"});
  EXPECT_NE(first, model
                       .fit(numbers(20), numbers(20, 2),
                            {.batch_size = 3, .epochs = 4, .verbose = 0, .shuffle = false})
                       .history);
}

TEST(Trainer, ValidationSplitIsTheLastPartOfTheData) {
  const Tensor x = numbers(10);
  const Tensor y = numbers(10, 2);
  const auto part = [](const Tensor& tensor, int from, int to) {
    const std::vector<float> all = floats(tensor);
    return Tensor::from(std::vector<float>(all.begin() + from, all.begin() + to), {to - from, 1});
  };
  random::set_random_seed(5);
  LinearModel split;
  split.compile("sgd", "mse", {"mae"});
  const History a =
      split.fit(x, y, {.batch_size = 2, .epochs = 3, .verbose = 0, .validation_split = 0.3});
  random::set_random_seed(5);
  LinearModel given;
  given.compile("sgd", "mse", {"mae"});
  const History b = given.fit(part(x, 0, 7), part(y, 0, 7),
                              {.batch_size = 2,
                               .epochs = 3,
                               .verbose = 0,
                               .validation_data = ValidationData{part(x, 7, 10), part(y, 7, 10)}});
  EXPECT_EQ(a.history, b.history);
  EXPECT_EQ(floats(x), floats(numbers(10)));  // the data are as they were
}

TEST(Trainer, ReportsThePenaltyOfTheWeightsBeforeTheStep) {
  LinearModel model(2.0f);
  model.kernel().regularizer = std::make_shared<Square>(0.25);
  EXPECT_EQ(model.losses(), std::vector<float>{1.0f});
  model.compile("sgd", "mse");
  const Tensor zero = Tensor::zeros({2, 1});
  EXPECT_EQ(*model.train_on_batch(zero, zero).get("loss"), 1.0);
  EXPECT_LT(model.losses()[0], 1.0f);  // the optimizer added its gradient
  EXPECT_FLOAT_EQ(static_cast<float>(*model.test_on_batch(zero, zero).get("loss")),
                  model.losses()[0]);
}

TEST(Trainer, SetWeightsAssignsAllOrNothing) {
  LinearModel model(3.0f);
  const Snapshot before = [&] {
    model.compile("sgd", "mse");
    return Snapshot(model);
  }();
  EXPECT_THROW(model.set_weights({Tensor::zeros({1, 1})}), std::invalid_argument);
  EXPECT_THROW(model.set_weights({Tensor::zeros({1, 1}), Tensor::zeros({2})}),
               std::invalid_argument);
  EXPECT_THROW(model.set_weights({Tensor::zeros({1, 1}), Tensor()}), std::invalid_argument);
  before.expect_same(model);
  model.set_weights({Tensor::from<double>({7}, {1, 1}), Tensor::zeros({1})});
  EXPECT_EQ(floats(model.get_weights()[0]), std::vector<float>{7});
}

TEST(Trainer, PredictsAllBatchesInPlace) {
  LinearModel model(2.0f);
  for (const std::int64_t count : {1, 7, 32, 33, 1000}) {
    const Tensor x = numbers(count);
    const Tensor out = model.predict(x, {.batch_size = 8});
    EXPECT_EQ(out.shape(), (Shape{count, 1}));
    EXPECT_EQ(floats(out), floats(numbers(count, 2)));
    EXPECT_EQ(floats(model.predict(x)), floats(out));
    EXPECT_EQ(floats(model.predict_on_batch(x)), floats(out));
  }
  EXPECT_EQ(model.predict(numbers(10), {.batch_size = 4, .steps = 2}).shape(), (Shape{8, 1}));
  EXPECT_EQ(model.predict(numbers(10), {.batch_size = 4, .steps = 9}).shape(), (Shape{10, 1}));
}

TEST(Trainer, PredictNamesTheFirstBadRows) {
  const LinearModel model(2.0f);
  Tensor x = numbers(100);
  x.data<float>()[37] = 2e6f;
  x.data<float>()[90] = 2e6f;
  const std::string error =
      error_of<std::out_of_range>([&] { model.predict(x, {.batch_size = 10}); });
  EXPECT_TRUE(says(error, "batch 3: rows 30 to 39")) << error;
}

TEST(Trainer, PredictsOnManyThreadsAtOnce) {
  const LinearModel model(3.0f);
  const Tensor x = numbers(500);
  const std::vector<float> wanted = floats(numbers(500, 3));
  std::vector<std::thread> threads;
  std::vector<int> wrong(8);
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        if (floats(model.predict(x, {.batch_size = i % 2 == 0 ? 7 : 600})) != wanted) ++wrong[t];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(8));
}

/// Gives its input back: the tensor itself.
class Identity final : public Trainer {
 public:
  void build_for(const Tensors&) const override {}
  Values forward(const Values& x, Pass&) const override { return x; }
  std::vector<Variable*> trainable_variables() const override { return {}; }
  std::vector<Variable*> variables() const override { return {}; }
};

TEST(Trainer, PredictionsDoNotShareTheMemoryOfTheirInput) {
  const Identity model;
  Tensor x = numbers(5);
  Tensor one = model.predict(x);
  Tensor batches = model.predict(x, {.batch_size = 2});
  Tensor whole = model.predict_on_batch(x);
  x.data<float>()[0] = 9;
  EXPECT_EQ(floats(one), floats(numbers(5)));
  EXPECT_EQ(floats(batches), floats(numbers(5)));
  EXPECT_EQ(floats(whole), floats(numbers(5)));
}

TEST(Trainer, Moves) {
  LinearModel model(2.0f);
  model.compile("sgd", "mse");
  LinearModel moved(std::move(model));
  moved.fit(numbers(4), numbers(4), {.verbose = 0});
  EXPECT_TRUE(moved.compiled());
}

}  // namespace
}  // namespace keratin::trainers
