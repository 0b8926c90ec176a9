// SPDX-License-Identifier: Apache-2.0
// The loops of trainer.h: which hooks come when, and what callbacks may do.
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/error_message.h"
#include "support/linear_model.h"
#include <gtest/gtest.h>

#include "keratin/base/seed.h"
#include "keratin/losses/custom_loss.h"
#include "keratin/metrics/mean_metric_wrapper.h"
#include "keratin/utils/set_random_seed.h"

namespace keratin::trainers {
namespace {

using testing::LinearModel;
using testing::message;

Tensor eighths(std::int64_t count) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(i) / 8);
  return Tensor::from(values, {count, 1});
}

/// Writes down the hooks, in short: "T(" on_train_begin, "e0(" on_epoch_begin ...
class Recorder final : public callbacks::Callback {
 public:
  std::string text;
  std::vector<std::string> warnings;
  Logs train_end;
  callbacks::Params seen;
  std::int64_t stop_at_batch = -1;
  int throw_at_epoch = -1;

  void on_train_begin(const Logs&) override {
    text += "T(";
    seen = params();
  }
  void on_train_end(const Logs& logs) override {
    text += ")T";
    train_end = logs;
  }
  void on_epoch_begin(int epoch, const Logs&) override {
    text += " e" + std::to_string(epoch) + "(";
  }
  void on_epoch_end(int epoch, Logs& logs) override {
    text += ")e";
    if (epoch == throw_at_epoch) throw std::runtime_error("callback");
    logs.set("extra", epoch);
  }
  void on_train_batch_begin(std::int64_t batch, const Logs&) override {
    text += " b" + std::to_string(batch);
  }
  void on_train_batch_end(std::int64_t batch, const Logs& logs) override {
    text += logs.get("loss") ? "." : "?";
    if (batch == stop_at_batch) model().stop_training = true;
  }
  void on_test_begin(const Logs&) override { text += " V("; }
  void on_test_end(const Logs& logs) override { text += logs.get("loss") ? ")V" : "?"; }
  void on_test_batch_begin(std::int64_t batch, const Logs&) override {
    text += " v" + std::to_string(batch);
  }
  void on_test_batch_end(std::int64_t, const Logs&) override { text += "."; }
  void on_predict_begin(const Logs&) override { text += "P("; }
  void on_predict_end(const Logs&) override { text += ")P"; }
  void on_predict_batch_begin(std::int64_t batch, const Logs&) override {
    text += " p" + std::to_string(batch);
  }
  void on_predict_batch_end(std::int64_t, const Logs&) override { text += "."; }
  void on_warning(std::string_view warning) override { warnings.emplace_back(warning); }
};

TEST(TrainingLoop, CallsTheHooksInOrder) {
  LinearModel model;
  model.compile("sgd", "mse");
  const auto recorder = std::make_shared<Recorder>();
  const History history = model.fit(eighths(4), eighths(4),
                                    {.batch_size = 2,
                                     .epochs = 2,
                                     .verbose = 0,
                                     .callbacks = {recorder},
                                     .validation_data = ValidationData{eighths(3), eighths(3)},
                                     .validation_freq = 2});
  EXPECT_EQ(recorder->text, "T( e0( b0. b1.)e e1( b0. b1. V( v0. v1.)V)e)T");
  EXPECT_EQ(recorder->seen.steps, 2);
  EXPECT_EQ(recorder->seen.epochs, 2);
  EXPECT_TRUE(recorder->seen.validation);
  EXPECT_EQ(history.history.at("extra"),
            (std::vector<double>{0, 1}));  // what a callback adds is kept
  EXPECT_EQ(history.history.at("val_loss").size(), 1u);
  EXPECT_EQ(recorder->train_end.get("extra"), 1.0);
  EXPECT_THROW(recorder->on_train_batch_end(-1, Logs()), std::logic_error);  // no model outside fit

  recorder->text.clear();
  model.evaluate(eighths(3), eighths(3), {.batch_size = 2, .verbose = 0, .callbacks = {recorder}});
  EXPECT_EQ(recorder->text, " V( v0. v1.)V");
  recorder->text.clear();
  EXPECT_EQ(model.predict(eighths(3), {.batch_size = 2, .callbacks = {recorder}}).shape(),
            (Shape{3, 1}));
  EXPECT_EQ(recorder->text, "P( p0. p1.)P");
}

TEST(TrainingLoop, StopsAfterTheBatchButEndsTheEpoch) {
  LinearModel model;
  model.compile("sgd", "mse");
  const auto recorder = std::make_shared<Recorder>();
  recorder->stop_at_batch = 1;
  const FitOptions options{.batch_size = 1,
                           .epochs = 3,
                           .verbose = 0,
                           .callbacks = {recorder},
                           .validation_split = 0.25};
  EXPECT_EQ(model.fit(eighths(4), eighths(4), options).epoch, std::vector<int>{0});
  EXPECT_EQ(recorder->text, "T( e0( b0. b1. V( v0.)V)e)T");
  EXPECT_TRUE(model.stop_training);
  recorder->stop_at_batch = -1;
  EXPECT_EQ(model.fit(eighths(4), eighths(4), options).epoch.size(), 3u);  // starts anew
}

TEST(TrainingLoop, WarnsWhenTheDataRunOut) {
  LinearModel model;
  model.compile("sgd", "mse");
  const auto recorder = std::make_shared<Recorder>();
  model.fit(eighths(4), eighths(4),
            {.batch_size = 2, .verbose = 0, .callbacks = {recorder}, .steps_per_epoch = 5});
  EXPECT_EQ(recorder->text, "T( e0( b0. b1.)e)T");
  EXPECT_EQ(recorder->seen.steps, 5);
  ASSERT_EQ(recorder->warnings.size(), 1u);
}

TEST(TrainingLoop, AnExceptionOfACallbackLeavesTheModelUsable) {
  LinearModel model;
  model.compile("sgd", "mse");
  const auto recorder = std::make_shared<Recorder>();
  recorder->throw_at_epoch = 1;
  const FitOptions options{.batch_size = 2, .epochs = 3, .verbose = 0, .callbacks = {recorder}};
  EXPECT_THROW(model.fit(eighths(4), eighths(4), options), std::runtime_error);
  EXPECT_EQ(model.optimizer().iterations(), 4);
  recorder->throw_at_epoch = -1;
  EXPECT_EQ(model.fit(eighths(4), eighths(4), options).epoch.size(), 3u);
}

TEST(TrainingLoop, InitialEpochAtTheEndTrainsNothing) {
  LinearModel model;
  model.compile("sgd", "mse");
  EXPECT_TRUE(model.fit(eighths(4), eighths(4), {.epochs = 2, .verbose = 0, .initial_epoch = 2})
                  .epoch.empty());
  EXPECT_EQ(model.optimizer().iterations(), 0);
}

TEST(TrainingLoop, CallbacksByValueAndDefaultData) {
  LinearModel model;
  model.compile("sgd", "mse");
  model.fit(eighths(4), eighths(4), {.verbose = 0, .callbacks = {Recorder()}});
  Tensor labels = Tensor::from<std::int64_t>({0, 1, 0, 1}, {4, 1});
  model.fit(eighths(4), labels, {.verbose = 0, .class_weight = {{1, 2.0}}});
}

TEST(TrainingLoop, AnInterruptInAStepLeavesNoTrace) {
  const Tensor x = eighths(4);
  int whole = 0;
  for (int at = 1; whole == 0; ++at) {  // at every place where it may come, until it comes no more
    LinearModel model(2);
    model.compile("adam", "mse");
    int asked = 0;
    const auto run = [&] {
      model.fit(x, x, {.verbose = 0, .between_batches = [&] {
                         if (++asked == at) throw std::runtime_error("interrupt");
                       }});
    };
    try {
      run();
      ++whole;
      EXPECT_GT(asked, 3);  // between batches, and in the step
    } catch (const std::runtime_error&) {
      EXPECT_EQ(model.optimizer().iterations(), 0);
      EXPECT_EQ(model.kernel().value().data<float>()[0], 2);
    }
    model.fit(x, x, {.verbose = 0});
  }
}

/// A loss, and a metric, that call the model in whose step they are.
TEST(TrainingLoop, OwnLossesAndMetricsMayOnlyPredict) {
  LinearModel model;
  std::function<void()> call = [] {};
  const losses::CustomLoss loss(
      [&](const Tensor&, const Tensor& y_pred, bool) {
        call();
        return losses::CustomLoss::Values{
            .values = Tensor::zeros({y_pred.shape()[0]}),
            .pullback = [shape = y_pred.shape()](const Tensor&) { return Tensor::zeros(shape); }};
      },
      {.name = "own"});
  const metrics::MeanMetricWrapper metric(
      [&](const Tensor&, const Tensor& y_pred) {
        call();
        return Tensor::zeros({y_pred.shape()[0]});
      },
      {.name = "own"});
  const Tensor x = eighths(4);
  const auto calls =
      std::vector<std::function<void()>>{[&] { model.fit(x, x, {.verbose = 0}); },
                                         [&] { model.evaluate(x, x, {.verbose = 0}); },
                                         [&] { model.train_on_batch(x, x); },
                                         [&] { model.test_on_batch(x, x); },
                                         [&] { model.compile("sgd", "mse"); },
                                         [&] { model.reset_metrics(); },
                                         [&] { model.set_weights(model.get_weights()); }};
  const auto compile = [&] {
    model.compile({.optimizer = "adam", .loss = loss, .metrics = {metric}});
  };
  for (const auto& forbidden : calls) {
    call = forbidden;
    compile();
    const auto error_of = [](auto&& run) {
      try {
        run();
      } catch (const std::logic_error& error) {
        return std::string(error.what());
      }
      return std::string();
    };
    for (const std::string& error : {error_of([&] { model.fit(x, x, {.verbose = 0}); }),
                                     error_of([&] { model.evaluate(x, x, {.verbose = 0}); })}) {
      EXPECT_NE(error.find("There it may only predict."), std::string::npos) << error;
    }
    EXPECT_EQ(model.optimizer().iterations(), 0);
    call = [] {};
    model.fit(x, x, {.verbose = 0});  // it is idle again
  }
  call = [&] { model.predict(x); };
  compile();
  model.fit(x, x, {.verbose = 0});
  EXPECT_EQ(model.optimizer().iterations(), 1);
}

/// `batches` batches of two samples in all, however many passes: as a generator gives them.
class Generator final : public BatchSource {
 public:
  explicit Generator(int batches) : left_(batches) {}
  bool begin_pass() override { return !ended_; }
  bool next(Batch& batch) override {
    ended_ = left_ == 0;
    if (ended_) return false;
    --left_;
    batch = {eighths(2), eighths(2), {}};
    return true;
  }

 private:
  int left_;
  bool ended_ = false;
};

/// Starts anew at every pass, and has nothing.
class Nothing final : public BatchSource {
 public:
  bool begin_pass() override { return true; }
  bool next(Batch&) override { return false; }
};

TEST(TrainingLoop, NoDataIsAnErrorBeforeAnythingHappens) {
  for (const bool generator : {false, true}) {
    const auto nothing = [generator]() -> std::shared_ptr<BatchSource> {
      if (generator) return std::make_shared<Generator>(0);
      return std::make_shared<Nothing>();
    };
    LinearModel model(0.5F);
    model.compile("sgd", "mse");
    model.fit(eighths(4), eighths(4), {.verbose = 0});
    const auto recorder = std::make_shared<Recorder>();
    const float weight = model.kernel().value().data<float>()[0];
    const int passes = model.passes;

    EXPECT_EQ(message([&] { model.fit(nothing(), {.verbose = 0, .callbacks = {recorder}}); }),
              "[fit] the data gave no batch.");
    EXPECT_EQ(message([&] { model.evaluate(nothing(), {.verbose = 0, .callbacks = {recorder}}); }),
              "[evaluate] the data gave no batch.");
    EXPECT_EQ(message([&] { model.predict(nothing(), {.verbose = 0, .callbacks = {recorder}}); }),
              "[predict] the data gave no batch.");
    EXPECT_EQ(message([&] {
                model.fit(eighths(4), eighths(4),
                          {.verbose = 0,
                           .callbacks = {recorder},
                           .validation_data = ValidationData{.source = nothing()}});
              }),
              "[fit: validation_data] the data gave no batch.");
    EXPECT_EQ(
        message([&] { model.evaluate(eighths(0), eighths(0), {.verbose = 0}); }).substr(0, 34),
        "[evaluate] the data are empty. Rec");
    EXPECT_EQ(recorder->text, "");
    EXPECT_EQ(model.kernel().value().data<float>()[0], weight);
    EXPECT_EQ(model.passes, passes);
  }
}

TEST(TrainingLoop, DataThatAreUsedUpEndTheRunWithAWarning) {
  for (const std::optional<std::int64_t> steps : {std::optional<std::int64_t>(), {3}}) {
    LinearModel model;
    model.compile("sgd", "mse");
    const auto recorder = std::make_shared<Recorder>();
    const History history =
        model.fit(std::make_shared<Generator>(3),
                  {.epochs = 3, .verbose = 0, .callbacks = {recorder}, .steps_per_epoch = steps});
    EXPECT_EQ(history.epoch, (std::vector<int>{0}));  // no epoch whose loss is that of no batch
    EXPECT_EQ(history.history.at("loss").size(), 1U);
    ASSERT_EQ(recorder->warnings.size(), 1U);
    EXPECT_EQ(recorder->warnings[0].substr(0, 21), "The data are used up:");
    EXPECT_EQ(model.passes, 3);
  }
}

TEST(TrainingLoop, ValidationDataThatAreUsedUpGiveNoNumbers) {
  LinearModel model;
  model.compile("sgd", "mse");
  const auto recorder = std::make_shared<Recorder>();
  const History history =
      model.fit(eighths(4), eighths(4),
                {.epochs = 3,
                 .verbose = 0,
                 .callbacks = {recorder},
                 .validation_data = ValidationData{.source = std::make_shared<Generator>(2)}});
  EXPECT_EQ(history.history.at("loss").size(), 3U);
  EXPECT_EQ(history.history.at("val_loss").size(), 1U);
  EXPECT_EQ(recorder->warnings.size(), 2U);
}

TEST(TrainingLoop, ErrorsNameRowsOnlyWhereARowIsTheCause) {
  LinearModel model;
  model.compile("sgd", nullptr);
  const auto loss = message([&] { model.fit(eighths(40), eighths(40), {.verbose = 0}); });
  EXPECT_EQ(loss,
            "[compile] there is no loss to compute: give a loss to compile(), or layers with "
            "regularizers.");
  EXPECT_EQ(message([&] { model.fit(std::make_shared<Generator>(3), {.verbose = 0}); }), loss);
  model.compile("sgd", "mse");
  const auto shapes = message([&] {
    model.fit(eighths(40), eighths(40).reshaped({20, 2}), {.verbose = 0});
  });
  EXPECT_EQ(shapes.find("rows of the data"), std::string::npos) << shapes;
  Tensor x = eighths(40);
  x.data<float>()[33] = 2e6F;
  try {
    model.fit(x, eighths(40), {.verbose = 0});
    FAIL();
  } catch (const std::out_of_range& error) {
    EXPECT_NE(std::string(error.what()).find("rows of the data: "), std::string::npos)
        << error.what();
  }
}

TEST(TrainingLoop, ARefusedFitDrawsNoSeed) {
  const auto next_seed = [](bool refused) {
    utils::set_random_seed(4);
    LinearModel model;
    model.compile("sgd", "mse");
    if (refused) {
      EXPECT_THROW(model.fit(eighths(40), Tensor::zeros({39}), {.verbose = 0}),
                   std::invalid_argument);
      EXPECT_THROW(model.fit(eighths(40), eighths(40), {.batch_size = 0, .verbose = 0}),
                   std::invalid_argument);
      EXPECT_THROW(model.fit(Tensor::zeros({4, 7}), eighths(4), {.verbose = 0}),
                   std::invalid_argument);
    }
    return random::make_default_seed();
  };
  EXPECT_EQ(next_seed(true), next_seed(false));
}

}  // namespace
}  // namespace keratin::trainers
