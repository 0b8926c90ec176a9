// SPDX-License-Identifier: Apache-2.0
#include "keratin/callbacks/learning_rate_scheduler.h"

#include "support/scripted_fit.h"
#include <gtest/gtest.h>

namespace keratin::callbacks {
namespace {

TEST(LearningRateScheduler, SetsTheRateOfEachEpoch) {
  testing::ScriptedFit fit;
  fit.model.optimizer().set_learning_rate(1.0);
  LearningRateScheduler halves([](int epoch, double rate) { return epoch < 2 ? rate : rate / 2; },
                               1);
  ::testing::internal::CaptureStderr();
  fit.run(halves, std::vector<Logs>(4));
  EXPECT_EQ(fit.rates, (std::vector<float>{1, 1, 0.5, 0.25}));
  EXPECT_EQ(fit.last.get("learning_rate"), 0.25);
  const std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("\nEpoch 4: LearningRateScheduler setting learning rate to 0.25.\n"),
            std::string::npos);
  EXPECT_THROW(LearningRateScheduler(LearningRateSchedulerOptions{}), std::invalid_argument);
}

}  // namespace
}  // namespace keratin::callbacks
