// SPDX-License-Identifier: Apache-2.0
// Of optimizers/optimizer: functions of a user's before the methods of an optimizer.
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/apply_gradients.h"
#include "support/random_tensors.h"
#include <gtest/gtest.h>

#include "keratin/optimizers/optimizers.h"
#include "keratin/regularizers/l1_l2.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::optimizers {
namespace {

using ::keratin::testing::apply_gradients;
using ::keratin::testing::random_tensor;
using ::keratin::testing::same_bits;

/// What a user's function did before it threw was never, of the numbers that a rule counts by too.
TEST(OwnOptimizer, WhatAFunctionBeforeItThrowsChangesNothing) {
  Variable v("v", random_tensor({3}, 1)), w("w", random_tensor({2, 3}, 2));
  Nadam nadam;
  bool throws = false;
  nadam.override_with(
      {.class_name = "Mine",
       .update_step = [&](const Value& gradient, Variable& variable, float rate, Pass& step) {
         nadam.base_update_step(gradient, variable, rate, step);
         if (throws && &variable == &w) throw std::runtime_error("mine");
       }});
  Nadam plain;
  const auto take = [&](Optimizer& optimizer) {
    apply_gradients(optimizer, {{v, random_tensor({3}, 3)}, {w, random_tensor({2, 3}, 4)}});
  };
  take(nadam);
  const std::vector<Tensor> state = nadam.get_weights();
  const Tensor of_v = copy_of(v.value()), of_w = copy_of(w.value());
  throws = true;
  EXPECT_THROW(take(nadam), std::runtime_error);
  EXPECT_TRUE(same_bits(v.value(), of_v) && same_bits(w.value(), of_w));
  const std::vector<Tensor> after = nadam.get_weights();
  ASSERT_EQ(after.size(), state.size());
  for (std::size_t i = 0; i < state.size(); ++i) EXPECT_TRUE(same_bits(after[i], state[i])) << i;
  throws = false;
  take(nadam);
  const Tensor found = copy_of(w.value());
  v.assign(random_tensor({3}, 1));
  w.assign(random_tensor({2, 3}, 2));
  take(plain);
  take(plain);
  EXPECT_TRUE(same_bits(w.value(), found));
}

TEST(OwnOptimizer, TheFunctionInThePlaceOfApplyHasThePenaltiesPart) {
  Variable w("w", Tensor::from(std::vector<float>{1, -2}, {2}));
  w.regularizer = std::make_shared<regularizers::L2>(regularizers::L2Options{.l2 = 0.05});
  Variable* const variables[] = {&w};
  SGD sgd({.learning_rate = 1, .loss_scale_factor = 4});
  std::vector<float> seen;
  sgd.override_with(
      {.class_name = "Mine", .apply = [&](std::span<Variable* const> all, const Gradients& found) {
         const auto values = found.find(w)->dense.data<float>();
         seen.assign(values.begin(), values.end());
         Gradients halved;
         halved.add(w, Tensor::from(std::vector<float>{seen[0] / 2, seen[1] / 2}, {2}));
         sgd.apply(all, halved);
       }});
  EXPECT_TRUE(sgd.is_overridden());
  Gradients found;
  found.add(w, Tensor::from(std::vector<float>{4, 8}, {2}));  // of 4 times the loss
  sgd.step(variables, found);
  // 4 + 4 * 0.1 * 1, 8 - 4 * 0.1 * 2
  EXPECT_FLOAT_EQ(seen[0], 4.4f);
  EXPECT_FLOAT_EQ(seen[1], 7.2f);
  EXPECT_FLOAT_EQ(w.value().data<float>()[0], 1 - 0.55f);
  EXPECT_FLOAT_EQ(w.value().data<float>()[1], -2 - 0.9f);
}

TEST(OwnOptimizer, WhatFunctionsBeforeItMayNotDo) {
  Variable w("dense/kernel", random_tensor({2, 3}, 1));
  Adam adam;
  Pass pass;
  EXPECT_THROW(adam.base_update_step(random_tensor({2, 3}, 2), w, 0.1f, pass), std::logic_error);
  adam.override_with({.class_name = "Mine",
                      .update_step = [&](const Value&, Variable& variable, float rate, Pass& step) {
                        adam.base_update_step(random_tensor({3}, 2), variable, rate, step);
                      }});
  const Tensor before = copy_of(w.value());
  try {
    apply_gradients(adam, {{w, random_tensor({2, 3}, 2)}});
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_EQ(std::string(error.what()),
              "[Mine] update_step: the gradient of 'dense/kernel' must have its shape (2, 3). "
              "Received: shape (3,)");
  }
  EXPECT_TRUE(same_bits(w.value(), before));
  EXPECT_THROW(adam.override_with({.class_name = "Mine"}), std::invalid_argument);
}

}  // namespace
}  // namespace keratin::optimizers
