// SPDX-License-Identifier: Apache-2.0
#include "keratin/callbacks/swap_ema_weights.h"

#include <memory>
#include <stdexcept>
#include <vector>

#include "support/linear_model.h"
#include <gtest/gtest.h>

#include "keratin/callbacks/lambda_callback.h"
#include "keratin/optimizers/sgd.h"

namespace keratin::callbacks {
namespace {

const Tensor kX = Tensor::from<float>({1, 2, 3, 4}, {4, 1});
const Tensor kY = Tensor::from<float>({2, 3, 5, 9}, {4, 1});

std::unique_ptr<testing::LinearModel> averaged() {
  auto model = std::make_unique<testing::LinearModel>(0.5f);
  model->compile(std::make_shared<optimizers::SGD>(optimizers::SGDOptions{
                     .learning_rate = 0.02, .use_ema = true, .ema_momentum = 0.8}),
                 "mse");
  return model;
}
float weight(testing::LinearModel& model) { return model.kernel().value().data<float>()[0]; }
/// Of the kernel: behind the iterations and the rate.
float average(testing::LinearModel& model) {
  return model.optimizer().get_weight(2).data<float>()[0];
}

TEST(SwapEMAWeights, EvaluatePredictAndValidationSeeTheAverages) {
  const auto model = averaged();
  model->train_on_batch(kX, kY);
  model->train_on_batch(kX, kY);
  const float by_steps = weight(*model), by_average = average(*model);
  ASSERT_NE(by_steps, by_average);

  float seen = 0;
  const auto look = std::make_shared<LambdaCallback>(LambdaCallbackOptions{
      .on_test_batch_end = [&](std::int64_t, const Logs&) { seen = weight(*model); }});
  const auto swap = std::make_shared<SwapEMAWeights>();
  model->evaluate(kX, kY, {.verbose = 0, .callbacks = {swap, look}});
  EXPECT_EQ(seen, by_average);
  EXPECT_EQ(weight(*model), by_steps);
  EXPECT_EQ(average(*model), by_average);

  // The bias has its average too.
  const Tensor with = model->predict(kX, {.verbose = 0, .callbacks = {swap}});
  EXPECT_EQ(weight(*model), by_steps);
  model->optimizer().swap_averages();
  const Tensor wanted = model->predict(kX, {.verbose = 0});
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(with.data<float>()[i], wanted.data<float>()[i]);
}

TEST(SwapEMAWeights, OnEpochTheAveragesStandBetweenEpochsAndAtTheEnd) {
  const auto plain = averaged();
  plain->fit(kX, kY, {.batch_size = 2, .epochs = 3, .verbose = 0, .shuffle = false});

  const auto model = averaged();
  std::vector<float> at_end, at_begin, averages;
  const auto look = std::make_shared<LambdaCallback>(LambdaCallbackOptions{
      .on_epoch_begin = [&](int, const Logs&) { at_begin.push_back(weight(*model)); },
      .on_epoch_end =
          [&](int, Logs&) {
            at_end.push_back(weight(*model));
            averages.push_back(average(*model));
          }});
  model->fit(kX, kY,
             {.batch_size = 2,
              .epochs = 3,
              .verbose = 0,
              .callbacks = {SwapEMAWeights({.swap_on_epoch = true}), look},
              .shuffle = false});
  // Between: what an epoch begins with is what the averages' place has held.
  EXPECT_EQ(at_begin[1], averages[0]);
  EXPECT_EQ(at_begin[2], averages[1]);
  EXPECT_NE(at_end[0], at_begin[1]);
  // At the end fit writes the averages into the weights, with and without the callback.
  EXPECT_EQ(weight(*model), weight(*plain));
  EXPECT_EQ(weight(*model), at_end[2]);
}

TEST(SwapEMAWeights, WithoutAveragesIsAnErrorAndChangesNothing) {
  testing::LinearModel model(0.5f);
  model.compile("sgd", "mse");
  EXPECT_THROW(model.evaluate(kX, kY, {.verbose = 0, .callbacks = {SwapEMAWeights()}}),
               std::invalid_argument);
  EXPECT_EQ(weight(model), 0.5f);
  // Before a step there are no averages yet, and the weights stay.
  const auto fresh = averaged();
  fresh->evaluate(kX, kY, {.verbose = 0, .callbacks = {SwapEMAWeights()}});
  EXPECT_EQ(weight(*fresh), 0.5f);
}

}  // namespace
}  // namespace keratin::callbacks
