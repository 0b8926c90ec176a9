// SPDX-License-Identifier: Apache-2.0
#include "keratin/callbacks/progbar_logger.h"

#include <regex>

#include "support/linear_model.h"
#include <gtest/gtest.h>

namespace keratin::callbacks {
namespace {

using testing::LinearModel;

/// What a call writes to standard error, with the times as "#".
template <class Function>
std::string spoken(Function&& function) {
  ::testing::internal::CaptureStderr();
  function();
  const std::string text = ::testing::internal::GetCapturedStderr();
  return std::regex_replace(text, std::regex("[0-9]+(us|ms|s)"), "#");
}

TEST(ProgbarLogger, PlainLinesInFitEvaluateAndPredict) {
  LinearModel model;
  model.compile("sgd", "mse", {"mae"});
  const Tensor x = Tensor::zeros({5, 1});
  const std::string fit =
      spoken([&] { model.fit(x, x, {.batch_size = 2, .epochs = 2, .validation_split = 0.2}); });
  const std::string numbers = " - loss: 0.0000e+00 - mae: 0.0000e+00";
  const std::string validation = " - val_loss: 0.0000e+00 - val_mae: 0.0000e+00\n";
  EXPECT_EQ(fit, "Epoch 1/2\n2/2 - # - #/step" + numbers + validation +
                     "Epoch 2/2\n2/2 - # - #/step" + numbers + validation);
  EXPECT_EQ(spoken([&] { model.fit(x, x, {.batch_size = 2, .verbose = 2}); }),
            "3/3 - # - #/step" + numbers + "\n");
  EXPECT_EQ(spoken([&] { model.evaluate(x, x, {.batch_size = 5}); }),
            "1/1 - # - #/step" + numbers + "\n");
  EXPECT_EQ(spoken([&] { model.predict(x, {.verbose = 1}); }), "1/1 - # - #/step\n");
  EXPECT_EQ(spoken([&] {
              model.fit(x, x, {.verbose = 0});
              model.evaluate(x, x, {.verbose = 0});
              model.predict(x);
            }),
            "");
}

TEST(ProgbarLogger, IsAddedOnce) {
  LinearModel model;
  model.compile("sgd", "mse");
  const Tensor x = Tensor::zeros({2, 1});
  EXPECT_EQ(spoken([&] { model.fit(x, x, {.callbacks = {ProgbarLogger()}}); }),
            "1/1 - # - #/step - loss: 0.0000e+00\n");
}

TEST(ProgbarLogger, ShowsWarnings) {
  LinearModel model;
  model.compile("sgd", "mse");
  const Tensor x = Tensor::zeros({2, 1});
  const std::string text = spoken([&] { model.fit(x, x, {.steps_per_epoch = 3}); });
  EXPECT_NE(text.find("Warning: The data ran out"), std::string::npos) << text;
}

TEST(ProgbarLogger, NumbersStandInTheOrderOfTheirNames) {
  std::string text;
  ProgbarLogger logger({.terminal = {}, .write = [&](std::string_view more) { text += more; }});
  logger.set_params({.verbose = 2, .epochs = 1, .steps = 1});
  Logs logs;
  logs.set("loss", 1);
  logs.set("accuracy", 0.5);
  logger.on_epoch_begin(0, Logs());
  logger.on_epoch_end(0, logs);
  EXPECT_LT(text.find("accuracy"), text.find("loss"));
}

/// Batches of a number that nobody knows before.
class Endless final : public trainers::BatchSource {
 public:
  bool begin_pass() override { return (left_ = 3) > 0; }
  bool next(trainers::Batch& batch) override {
    batch.x = batch.y = Tensor::zeros({2, 1});
    return left_-- > 0;
  }

 private:
  int left_ = 0;
};

TEST(ProgbarLogger, SourcesOfUnknownLengthEndWithWhatTheyHad) {
  LinearModel model;
  model.compile("sgd", "mse");
  const auto source = std::make_shared<Endless>();
  for (const int verbose : {1, 2}) {
    EXPECT_EQ(spoken([&] { model.fit(source, {.epochs = 2, .verbose = verbose}); }),
              "Epoch 1/2\n3/3 - # - #/step - loss: 0.0000e+00\n"
              "Epoch 2/2\n3/3 - # - #/step - loss: 0.0000e+00\n");
  }
  EXPECT_EQ(spoken([&] { model.evaluate(source); }), "3/3 - # - #/step - loss: 0.0000e+00\n");
  EXPECT_EQ(spoken([&] { model.predict(source, {.verbose = 1}); }), "3/3 - # - #/step\n");
}

}  // namespace
}  // namespace keratin::callbacks
