// SPDX-License-Identifier: Apache-2.0
#include "keratin/callbacks/terminate_on_nan.h"

#include <cmath>
#include <stdexcept>

#include "support/linear_model.h"
#include <gtest/gtest.h>

#include "keratin/callbacks/history.h"
#include "keratin/callbacks/lambda_callback.h"

namespace keratin::callbacks {
namespace {

Tensor with_nan() { return Tensor::from<float>({1, 2, NAN, 4}, {4, 1}); }

TEST(TerminateOnNaN, EndsFitAfterTheBatch) {
  testing::LinearModel model;
  model.compile("sgd", "mse");
  int ends = 0;
  const auto count = std::make_shared<LambdaCallback>(
      LambdaCallbackOptions{.on_train_end = [&](const Logs&) { ends += 100; },
                            .on_train_batch_end = [&](std::int64_t, const Logs&) { ++ends; }});
  const auto history = std::make_shared<History>();
  ::testing::internal::CaptureStderr();
  model.fit(Tensor::zeros({4, 1}), with_nan(),
            {.batch_size = 1,
             .epochs = 3,
             .verbose = 0,
             .callbacks = {TerminateOnNaN(), count, history},
             .shuffle = false});
  EXPECT_EQ(ends, 103);
  EXPECT_EQ(history->epoch(), std::vector<int>{0});
  EXPECT_TRUE(std::isnan(history->history().at("loss")[0]));
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(TerminateOnNaN, OrThrows) {
  testing::LinearModel model;
  model.compile("sgd", "mse");
  EXPECT_THROW(model.fit(Tensor::zeros({4, 1}), with_nan(),
                         {.verbose = 0, .callbacks = {TerminateOnNaN({.raise_error = true})}}),
               std::runtime_error);
}

}  // namespace
}  // namespace keratin::callbacks
