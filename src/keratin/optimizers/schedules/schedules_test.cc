// SPDX-License-Identifier: Apache-2.0
#include "keratin/optimizers/schedules/schedules.h"

#include <stdexcept>

#include "support/golden.h"
#include <gtest/gtest.h>

#include "keratin/base/named_list.h"

namespace keratin::optimizers {
namespace {

using namespace schedules;

// Each rate is some ten float32 operations, with pow, log and cos of two maths libraries: 2e-6 is
// 16 eps. atol: 1 + cos near pi cancels to some eps of the highest rate.
TEST(Schedules, RatesAndConfigsOfKeras) {
  const Config golden = testing::golden("schedules");
  const Config::List& steps = golden.at("steps").as_list();
  for (const Config& c : golden.at("cases").as_list()) {
    const auto schedule = LearningRateSchedule::deserialize(c.at("serialized"));
    EXPECT_EQ(schedule->serialize(), c.at("serialized"));
    const Tensor rates = testing::golden_tensor(c.at("rates"));
    Tensor got = Tensor::zeros(rates.shape());
    for (std::size_t i = 0; i < steps.size(); ++i)
      got.data<float>()[i] = (*schedule)(steps[i].as_int());
    EXPECT_EQ(testing::difference(got, rates, 2e-6, 2.5e-7 * c.at("highest").as_double()), "")
        << schedule->class_name() << " " << c.at("label").as_string();
  }
}

TEST(Schedules, RoundTripOfEveryEntry) {
  const Config golden = testing::golden("schedules");
  for (const auto& entry : entries()) {
    bool found = false;
    for (const Config& c : golden.at("cases").as_list()) {
      const auto schedule = LearningRateSchedule::deserialize(c.at("serialized"));
      if (schedule->class_name() != entry.class_name) continue;
      found = true;
      const auto again = entry.from_config(schedule->get_config());
      EXPECT_EQ(again->get_config(), schedule->get_config());
      for (const std::int64_t step : {0, 3, 17, 1000}) EXPECT_EQ((*again)(step), (*schedule)(step));
    }
    EXPECT_TRUE(found) << entry.class_name;
    EXPECT_THROW(entry.from_config(Config()), std::invalid_argument) << entry.class_name;
  }
}

TEST(Schedules, LearningRateIsANumberOrASchedule) {
  const LearningRate number = 1e-3;
  EXPECT_EQ(number.schedule(), nullptr);
  EXPECT_EQ(number.at(5), 1e-3f);
  EXPECT_EQ(to_config(number), Config(static_cast<double>(1e-3f)));
  const LearningRate scheduled =
      ExponentialDecay({.initial_learning_rate = 0.1, .decay_steps = 10, .decay_rate = 0.5});
  EXPECT_FLOAT_EQ(scheduled.at(10), 0.05f);
  LearningRate again = 0;
  from_config(to_config(scheduled), again);
  EXPECT_FLOAT_EQ(again.at(20), 0.025f);
  EXPECT_EQ(to_config(again), to_config(scheduled));
  from_config(Config(0.5), again);
  EXPECT_EQ(again.schedule(), nullptr);
  EXPECT_EQ(again.number(), 0.5);
  EXPECT_THROW(from_config(Config("fast"), again), std::invalid_argument);
}

TEST(Schedules, BadArguments) {
  EXPECT_THROW(ExponentialDecay({.initial_learning_rate = 0.1, .decay_rate = 0.5}),
               std::invalid_argument);
  EXPECT_THROW(ExponentialDecay({.initial_learning_rate = 0.1, .decay_steps = 10}),
               std::invalid_argument);
  EXPECT_THROW(InverseTimeDecay({.decay_steps = 10, .decay_rate = 0.5}), std::invalid_argument);
  EXPECT_THROW(PolynomialDecay({.initial_learning_rate = 0.1, .decay_steps = -5}),
               std::invalid_argument);
  EXPECT_THROW(CosineDecay({.initial_learning_rate = 0.1}), std::invalid_argument);
  EXPECT_THROW(CosineDecayRestarts({.initial_learning_rate = 0.1}), std::invalid_argument);
  EXPECT_THROW(PiecewiseConstantDecay({.boundaries = {1, 2}, .values = {0.5, 0.1}}),
               std::invalid_argument);
  EXPECT_THROW(PiecewiseConstantDecay({.values = {0.5}}), std::invalid_argument);
  EXPECT_THROW(LearningRateSchedule::get("CosineDecoy"), std::invalid_argument);
}

}  // namespace
}  // namespace keratin::optimizers
