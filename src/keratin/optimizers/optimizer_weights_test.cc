// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/apply_gradients.h"
#include "support/random_tensors.h"
#include <gtest/gtest.h>

#include "keratin/optimizers/optimizers.h"

// The state of an optimizer, as tensors with names.

namespace keratin::optimizers {
namespace {

using ::keratin::testing::apply_gradients;
using ::keratin::testing::expect_same;
using ::keratin::testing::random_rows;
using ::keratin::testing::random_tensor;
using ::keratin::testing::same_bits;

/// An optimizer in the middle of an accumulation, with every kind of state.
struct Midway {
  Midway() {
    for (std::uint32_t step = 0; step < 3; ++step) train(step);
  }
  void train(std::uint32_t step) {
    apply_gradients(optimizer,
                    {{w, random_rows({20, 3}, 0.3f, step)}, {bias, random_tensor({3}, 50 + step)}});
  }

  Variable w{"w", random_tensor({20, 3}, 1)};
  Variable bias{"bias", random_tensor({3}, 2)};
  std::vector<Variable*> variables = {&w, &bias};
  Nadam optimizer{{.use_ema = true, .gradient_accumulation_steps = 2}};
};

TEST(OptimizerWeights, SetWeightsGoesOnWhereGetWeightsWas) {
  Midway one;
  Midway other;
  other.train(77);
  other.w.assign(one.w.value());
  other.bias.assign(one.bias.value());
  other.optimizer.set_weights(one.optimizer.get_weights());
  expect_same(other.optimizer.get_weights(), one.optimizer.get_weights());
  for (std::uint32_t step = 10; step < 13; ++step) {
    one.train(step);
    other.train(step);
  }
  EXPECT_TRUE(same_bits(other.w.value(), one.w.value()));
  EXPECT_TRUE(same_bits(other.bias.value(), one.bias.value()));
  expect_same(other.optimizer.get_weights(), one.optimizer.get_weights());
}

TEST(OptimizerWeights, SetWeightsOfWrongShapesChangesNothing) {
  Midway state;
  const std::vector<Tensor> before = state.optimizer.get_weights();
  std::vector<Tensor> weights;
  for (const Tensor& tensor : before)
    weights.push_back(Tensor::zeros(tensor.shape(), tensor.dtype()));
  for (std::size_t i = 0; i < weights.size(); ++i) {
    std::vector<Tensor> wrong = weights;
    wrong[i] = Tensor::zeros({20, 4});
    EXPECT_THROW(state.optimizer.set_weights(wrong), std::invalid_argument);
    wrong[i] = Tensor();
    EXPECT_THROW(state.optimizer.set_weights(wrong), std::invalid_argument);
  }
  std::vector<Tensor> fewer(weights.begin(), weights.end() - 1);
  EXPECT_THROW(state.optimizer.set_weights(fewer), std::invalid_argument);
  weights[0] = Tensor::from(std::vector<std::int64_t>{-1}, Shape{});
  EXPECT_THROW(state.optimizer.set_weights(weights), std::invalid_argument);
  expect_same(state.optimizer.get_weights(), before);
  EXPECT_THROW(Adam().set_weights({}), std::invalid_argument);
}

// Keras's `optimizer.variables` and their names.
TEST(OptimizerWeights, TheStateHasKerasNames) {
  using Names = std::vector<std::string>;
  Variable kernel("dense/kernel", Tensor::zeros({2, 2}));
  Variable bias("dense/bias", Tensor::zeros({2}));
  Variable* const variables[] = {&kernel, &bias};
  Adam adam({.amsgrad = true, .use_ema = true});
  EXPECT_EQ(adam.weight_names(), (Names{"iteration", "learning_rate"}));
  adam.build(variables);
  EXPECT_EQ(adam.weight_names(),
            (Names{"iteration", "learning_rate", "dense_kernel_average", "dense_bias_average",
                   "dense_kernel_momentum", "dense_kernel_velocity", "dense_bias_momentum",
                   "dense_bias_velocity", "dense_kernel_velocity_hat", "dense_bias_velocity_hat"}));
  EXPECT_EQ(adam.get_weights().size(), adam.weight_names().size());
  EXPECT_EQ(adam.get_weight(9).shape(), Shape{2});
  EXPECT_THROW(adam.get_weight(10), std::out_of_range);
  Nadam nadam({.gradient_accumulation_steps = 2});
  nadam.build({variables, 1});
  EXPECT_EQ(nadam.weight_names(),
            (Names{"iteration", "learning_rate", "dense_kernel_gradient_accumulator",
                   "dense_kernel_momentum", "dense_kernel_velocity", "u_product"}));
}

TEST(OptimizerWeights, AccumulationCountsSteps) {
  Midway state;  // three calls
  EXPECT_EQ(state.optimizer.iterations(), 1);
  EXPECT_EQ(state.optimizer.get_weights()[0].data<std::int64_t>()[0], 3);
}

TEST(OptimizerWeights, SetIterationsIsSetWeightsOfTheFirst) {
  Midway one;
  Midway other;
  one.optimizer.set_iterations(10);
  std::vector<Tensor> weights = other.optimizer.get_weights();
  weights[0] = Tensor::from(std::vector<std::int64_t>{10}, Shape{});
  other.optimizer.set_weights(weights);
  one.train(5);
  other.train(5);
  EXPECT_TRUE(same_bits(one.w.value(), other.w.value()));
  expect_same(one.optimizer.get_weights(), other.optimizer.get_weights());
  EXPECT_THROW(one.optimizer.set_iterations(-1), std::invalid_argument);
}

}  // namespace
}  // namespace keratin::optimizers
