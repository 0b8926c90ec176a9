// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <string>
#include <vector>

#include "support/golden.h"
#include <gtest/gtest.h>

#include "keratin/layers/layers.h"
#include "keratin/models/sequential.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::models {
namespace {

using layers::Dense;
using layers::DenseOptions;
using layers::Embedding;
using layers::EmbeddingOptions;
using layers::Flatten;

std::vector<Tensor> tensors(const Config& list) {
  std::vector<Tensor> result;
  for (const Config& item : list.as_list()) result.push_back(testing::golden_tensor(item));
  return result;
}

std::vector<trainers::MetricChoice> metrics(const Config& list) {
  std::vector<trainers::MetricChoice> result;
  for (const Config& name : list.as_list()) result.emplace_back(name.as_string());
  return result;
}

void expect_logs(const Logs& got, const Config& wanted, double tolerance) {
  EXPECT_EQ(got.items().size(), wanted.as_dict().size());
  for (const auto& [name, value] : wanted.as_dict()) {
    ASSERT_TRUE(got.get(name).has_value()) << name;
    EXPECT_NEAR(*got.get(name), value.as_double(), tolerance * (1 + std::fabs(value.as_double())))
        << name;
  }
}

// Twelve steps: each weight is within the optimizers' tolerance of 1e-6 relative a step; losses and
// metrics are sums of a few dozen float32 numbers.
TEST(SequentialGolden, TrainsAsKeras) {
  const Config file = testing::golden("training");
  for (const Config& c : file.at("cases").as_list()) {
    SCOPED_TRACE(c.at("what").as_string());
    Config config = c.at("model");
    config["build_input_shape"] = c.at("build_input_shape");
    Sequential model = Sequential::from_config(config);
    model.set_mask_policy(MaskPolicy::kKeras3);
    model.set_weights(tensors(c.at("initial")));
    model.compile({.optimizer = optimizers::Optimizer::deserialize(c.at("optimizer")),
                   .loss = c.at("loss").as_string(),
                   .metrics = metrics(c.at("metrics")),
                   .weighted_metrics = metrics(c.at("weighted_metrics"))});
    const Tensor x = testing::golden_tensor(c.at("x"));
    const Tensor y = testing::golden_tensor(c.at("y"));
    const Tensor weight = testing::golden_tensor(c.at("sample_weight"));
    const std::int64_t batch = c.at("batch").as_int();
    std::int64_t step = 0;
    for (const Config& wanted : c.at("steps").as_list()) {
      const std::int64_t at = (step++ * batch) % x.shape()[0];
      const Logs logs = model.train_on_batch(
          slice_rows(x, at, batch), slice_rows(y, at, batch),
          {.sample_weight = weight ? slice_rows(weight, at, batch) : Tensor()});
      expect_logs(logs, wanted.at("logs"), 1e-5);
    }
    const auto wanted = tensors(c.at("weights"));
    const auto got = model.get_weights();
    ASSERT_EQ(got.size(), wanted.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      EXPECT_EQ(testing::difference(got[i], wanted[i], 1e-5, 2e-6), "") << "weight " << i;
    }
    EXPECT_EQ(testing::difference(model.predict(x), testing::golden_tensor(c.at("prediction")),
                                  1e-5, 2e-6),
              "");
    const Logs evaluated =
        model.evaluate(x, y, {.batch_size = 5, .verbose = 0, .sample_weight = weight});
    expect_logs(evaluated, c.at("evaluate"), 1e-5);
  }
}

/// Embedding-Flatten-Dense as tests/golden/make_optimizers.py makes it.
Sequential optimizer_case_model(const Config& c, const std::vector<Tensor>& initial_weights) {
  EmbeddingOptions embedding{.input_dim = initial_weights[0].shape()[0],
                             .output_dim = initial_weights[0].shape()[1],
                             .input_length = 2};
  from_config(c.at("embeddings_regularizer"), embedding.embeddings_regularizer);
  from_config(c.at("embeddings_constraint"), embedding.embeddings_constraint);
  DenseOptions dense{.units = 2};
  from_config(c.at("kernel_regularizer"), dense.kernel_regularizer);
  from_config(c.at("kernel_constraint"), dense.kernel_constraint);
  Sequential model({Embedding(embedding), Flatten(), Dense(dense)});
  model.set_weights(initial_weights);
  return model;
}

/// Step `i` of a stack of tensors.
Tensor step_of(const Tensor& stack, std::int64_t i) {
  return slice_rows(stack, i, 1).reshaped(stack.shape().from(1));
}

class OptimizerGolden : public ::testing::TestWithParam<const char*> {};

// The same file as optimizers_test replays from Keras's gradients; here the gradients are our own,
// so the rounding of both trajectories adds up over the 20 steps. The tolerance all the
// same.
TEST_P(OptimizerGolden, TwentyStepsOfEmbeddingFlattenDense) {
  const Config file = testing::golden(GetParam());
  const Tensor x = testing::golden_tensor(file.at("x"));
  const Tensor y = testing::golden_tensor(file.at("y"));
  for (const Config& c : file.at("cases").as_list()) {
    SCOPED_TRACE(c.at("name").as_string());
    Sequential model = optimizer_case_model(c, tensors(file.at("initial_weights")));
    const auto optimizer = optimizers::Optimizer::deserialize(c.at("optimizer"));
    std::vector<std::string> exclude;
    from_config(c.at("exclude"), exclude);
    if (!exclude.empty()) optimizer->exclude_from_weight_decay({}, exclude);
    model.compile({.optimizer = optimizer, .loss = file.at("loss").as_string()});
    const std::vector<Tensor> weights = tensors(c.at("weights"));
    for (std::int64_t step = 0; step < x.shape()[0]; ++step) {
      model.train_on_batch(step_of(x, step), step_of(y, step));
      const std::vector<Tensor> got = model.get_weights();
      for (std::size_t i = 0; i < got.size(); ++i) {
        ASSERT_EQ(testing::difference(got[i], step_of(weights[i], step), 1e-6, 1e-7), "")
            << "weight " << i << " after step " << step;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Files, OptimizerGolden,
                         ::testing::Values("optimizers", "optimizers_adaptive",
                                           "optimizers_clipping", "optimizers_averages",
                                           "optimizers_regularizers", "optimizers_constraints"));

}  // namespace
}  // namespace keratin::models
