// SPDX-License-Identifier: Apache-2.0
#include "keratin/callbacks/reduce_lr_on_plateau.h"

#include "support/scripted_fit.h"
#include <gtest/gtest.h>

namespace keratin::callbacks {
namespace {

using testing::golden_number;
using testing::ScriptedFit;

TEST(ReduceLROnPlateau, DecidesAsKeras) {
  const Config file = testing::golden("callbacks");
  int count = 0;
  for (const Config& golden : file.at("cases").as_list()) {
    if (golden.at("callback").as_string() != "ReduceLROnPlateau") continue;
    ++count;
    SCOPED_TRACE(golden.at("sequence").as_string());
    ReduceLROnPlateauOptions options;
    for (const auto& [key, value] : golden.at("options").as_dict()) {
      if (key == "patience")
        options.patience = static_cast<int>(value.as_int());
      else if (key == "factor")
        options.factor = value.as_double();
      else if (key == "min_delta")
        options.min_delta = value.as_double();
      else if (key == "mode")
        options.mode = value.as_string();
      else if (key == "cooldown")
        options.cooldown = static_cast<int>(value.as_int());
      else if (key == "min_lr")
        options.min_lr = value.as_double();
      else
        ADD_FAILURE() << "unknown option " << key;
    }
    ReduceLROnPlateau callback(options);
    ScriptedFit fit;
    fit.model.optimizer().set_learning_rate(0.25);
    std::vector<Logs> epochs;
    for (const Config& value : golden.at("values").as_list()) {
      epochs.emplace_back();
      epochs.back().set("val_loss", golden_number(value));
    }
    fit.run(callback, epochs);
    const Config::List& rates = golden.at("rates").as_list();
    ASSERT_EQ(fit.rates.size(), rates.size());
    for (std::size_t i = 0; i < rates.size(); ++i) {
      EXPECT_EQ(fit.rates[i], static_cast<float>(rates[i].as_double())) << "epoch " << i;
    }
    if (!golden.at("best").is_null()) {
      const double wanted = golden_number(golden.at("best"));
      ASSERT_TRUE(callback.best());
      EXPECT_TRUE(*callback.best() == wanted ||
                  (std::isnan(*callback.best()) && std::isnan(wanted)));
    }
  }
  EXPECT_EQ(count, 72);
}

TEST(ReduceLROnPlateau, LogsTheRateBeforeItChanges) {
  ReduceLROnPlateau callback({.monitor = "loss", .factor = 0.5, .patience = 1, .verbose = 1});
  ScriptedFit fit;
  fit.model.optimizer().set_learning_rate(0.5);
  Logs logs;
  logs.set("loss", 1);
  ::testing::internal::CaptureStderr();
  fit.run(callback, {logs, logs});
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "\nEpoch 2: ReduceLROnPlateau reducing learning rate to 0.25.\n");
  EXPECT_EQ(fit.last.get("learning_rate"), 0.5);
  EXPECT_EQ(fit.model.optimizer().learning_rate(), 0.25f);
  EXPECT_THROW(ReduceLROnPlateau({.factor = 1.0}), std::invalid_argument);
  EXPECT_THROW(ReduceLROnPlateau({.factor = std::nan("")}), std::invalid_argument);
}

}  // namespace
}  // namespace keratin::callbacks
