// SPDX-License-Identifier: Apache-2.0
#include "keratin/callbacks/early_stopping.h"

#include "support/scripted_fit.h"
#include <gtest/gtest.h>

#include "keratin/models/sequential.h"

namespace keratin::callbacks {
namespace {

using testing::golden_number;
using testing::ScriptedFit;

TEST(EarlyStopping, DecidesAsKeras) {
  const Config file = testing::golden("callbacks");
  int count = 0;
  for (const Config& golden : file.at("cases").as_list()) {
    if (golden.at("callback").as_string() != "EarlyStopping") continue;
    ++count;
    SCOPED_TRACE(golden.at("sequence").as_string());
    EarlyStoppingOptions options;
    for (const auto& [key, value] : golden.at("options").as_dict()) {
      SCOPED_TRACE(key);
      if (key == "patience")
        options.patience = static_cast<int>(value.as_int());
      else if (key == "min_delta")
        options.min_delta = value.as_double();
      else if (key == "mode")
        options.mode = value.as_string();
      else if (key == "baseline")
        options.baseline = value.as_double();
      else if (key == "restore_best_weights")
        options.restore_best_weights = value.as_bool();
      else if (key == "start_from_epoch")
        options.start_from_epoch = static_cast<int>(value.as_int());
      else
        ADD_FAILURE() << "unknown option";
    }
    EarlyStopping callback(options);
    ScriptedFit fit;
    std::vector<Logs> epochs;
    for (const Config& value : golden.at("values").as_list()) {
      epochs.emplace_back();
      epochs.back().set("loss", 9);
      epochs.back().set("val_loss", golden_number(value));
    }
    fit.run(callback, epochs);
    EXPECT_EQ(static_cast<std::int64_t>(fit.rates.size()), golden.at("epochs").as_int());
    EXPECT_EQ(callback.stopped_epoch(), golden.at("stopped_epoch").as_int());
    EXPECT_EQ(callback.best_epoch(), golden.at("best_epoch").as_int());
    EXPECT_EQ(callback.best().has_value(), !golden.at("best").is_null());
    if (callback.best() && !golden.at("best").is_null()) {
      const double wanted = golden_number(golden.at("best"));
      EXPECT_TRUE(*callback.best() == wanted ||
                  (std::isnan(*callback.best()) && std::isnan(wanted)));
    }
    const auto last = static_cast<float>(golden.at("epochs").as_int() - 1);
    const Config& restored = golden.at("restored");
    EXPECT_EQ(fit.weight(), restored.is_null() ? last : static_cast<float>(restored.as_int()));
  }
  EXPECT_EQ(count, 120);
}

Logs logs_of(const std::vector<std::pair<std::string, double>>& items) {
  Logs logs;
  for (const auto& [name, value] : items) logs.set(name, value);
  return logs;
}

TEST(EarlyStopping, AMissingMonitorIsAnErrorThatNamesWhatThereIs) {
  EarlyStopping callback({.monitor = "val_los"});
  ScriptedFit fit;
  try {
    fit.run(callback, {logs_of({{"loss", 1}, {"val_loss", 2}})});
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(),
                 "[EarlyStopping] monitor = 'val_los' is not among the numbers of an epoch. "
                 "Available: loss, val_loss");
  }
  // An epoch between two validations is none.
  EarlyStopping waits;
  fit.validation = true;
  fit.run(waits, {logs_of({{"loss", 1}}), logs_of({{"loss", 1}, {"val_loss", 2}}),
                  logs_of({{"loss", 1}})});
  EXPECT_EQ(fit.rates.size(), 3u);
  fit.validation = false;
  EXPECT_THROW(fit.run(waits, {logs_of({{"loss", 1}})}), std::invalid_argument);
}

TEST(EarlyStopping, OptionsAndStateMayBeSetLater) {
  EarlyStopping stop({.monitor = "loss", .patience = 1});
  stop.set_options({.monitor = "val_loss", .patience = 3, .mode = "max"});
  EXPECT_THROW(stop.set_options({.mode = "other"}), std::invalid_argument);
  models::Sequential model;
  stop.set_model(&model);
  stop.on_train_begin({});
  const auto end = [&](int epoch, double value) {
    Logs logs;
    logs.set("val_loss", value);
    stop.on_epoch_end(epoch, logs);
  };
  end(0, 1);
  end(1, 2);
  EXPECT_EQ(stop.best(), 2.0) << "the larger one";
  EarlyStopping::State state = stop.state();
  state.wait = 2;
  stop.set_state(state);
  end(2, 1);
  EXPECT_EQ(stop.stopped_epoch(), 2);
}

TEST(EarlyStopping, ModeAuto) {
  EXPECT_THROW(EarlyStopping({.mode = "maximum"}), std::invalid_argument);
  EarlyStopping unknown({.monitor = "something"});
  ScriptedFit fit;
  EXPECT_THROW(fit.run(unknown, {logs_of({{"something", 1}})}), std::invalid_argument);
  // The direction of a metric is known by its class, whatever its name.
  testing::LinearModel model;
  const Tensor x = Tensor::zeros({4, 1});
  const auto stops =
      std::make_shared<EarlyStopping>(EarlyStoppingOptions{.monitor = "accuracy", .patience = 1});
  model.compile("sgd", "mse", {"accuracy"});
  model.fit(x, x, {.epochs = 9, .verbose = 0, .callbacks = {stops}});
  EXPECT_EQ(stops->best(), 1.0);
  EXPECT_EQ(stops->stopped_epoch(), 1);
}

TEST(EarlyStopping, TalksOnlyWhenAsked) {
  for (const int verbose : {0, 1}) {
    EarlyStopping callback({.monitor = "loss", .verbose = verbose, .restore_best_weights = true});
    ScriptedFit fit;
    ::testing::internal::CaptureStderr();
    fit.run(callback, {logs_of({{"loss", 1}}), logs_of({{"loss", 2}})});
    EXPECT_EQ(::testing::internal::GetCapturedStderr(),
              verbose == 0 ? ""
                           : "Epoch 2: early stopping\n"
                             "Restoring model weights from the end of the best epoch: 1.\n");
  }
}

}  // namespace
}  // namespace keratin::callbacks
