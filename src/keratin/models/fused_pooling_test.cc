// SPDX-License-Identifier: Apache-2.0
// Embedding and a pooling behind it, done in one: the numbers of the two layers, to the bit.
#include <cmath>
#include <cstring>
#include <random>
#include <string>

#include "support/sanitized.h"
#include <gtest/gtest.h>

#include "keratin/layers/activations/activation.h"
#include "keratin/layers/dense.h"
#include "keratin/layers/embedding.h"
#include "keratin/layers/pooling/global_pooling1d.h"
#include "keratin/models/sequential.h"
#include "keratin/optimizers/sgd.h"
#include "keratin/parallel/parallel.h"
#include "keratin/utils/set_random_seed.h"

namespace keratin::models {
namespace {

constexpr std::int64_t kBatch = testing::kSanitized ? 90 : 700, kSteps = 7, kRows = 4000,
                       kWidth = 37;

/// Three ids are in most samples, so that their gradient comes in several pieces and maxima tie;
/// one in ten is padding, and the first sample is nothing else.
Tensor some_ids(std::mt19937_64& engine) {
  Tensor ids = Tensor::zeros({kBatch, kSteps}, DType::kInt32);
  const auto out = ids.data<std::int32_t>();
  for (std::size_t i = kSteps; i < out.size(); ++i) {
    const auto draw = engine() % 10;
    out[i] = static_cast<std::int32_t>(draw == 0  ? 0
                                       : draw < 6 ? 1 + engine() % 3
                                                  : engine() % static_cast<std::uint64_t>(kRows));
  }
  return ids;
}

Tensor some_floats(std::mt19937_64& engine, const Shape& shape) {
  Tensor floats = Tensor::zeros(shape);
  for (float& x : floats.data<float>()) x = static_cast<float>(engine() % 1000) / 500 - 1;
  return floats;
}

struct Case {
  const char* pooling;
  bool mask_zero;
  bool keepdims;
  layers::RowsDrawn drawn;
  const char* optimizer;
  MaskPolicy policy = MaskPolicy::kKeras3;
};

void add_pooling(Sequential& model, const Case& c) {
  const layers::GlobalPooling1DOptions options{.keepdims = c.keepdims};
  if (c.pooling == std::string("mean")) {
    model.add(layers::GlobalAveragePooling1D(options));
  } else if (c.pooling == std::string("max")) {
    model.add(layers::GlobalMaxPooling1D(options));
  } else {
    model.add(layers::GlobalSumPooling1D(options));
  }
}

/// What five steps leave: losses, vectors, and predictions of ids seen and not. `apart`: a layer
/// that does nothing stands between the two.
std::vector<Tensor> trained(const Case& c, bool apart) {
  utils::set_random_seed(5);
  Sequential model({.mask_policy = c.policy});
  model.add(layers::Embedding(
      {.input_dim = kRows, .output_dim = kWidth, .mask_zero = c.mask_zero, .rows_drawn = c.drawn}));
  if (apart) model.add(layers::Activation({.activation = "linear"}));
  add_pooling(model, c);
  model.add(layers::Dense({.units = 3}));
  model.compile(c.optimizer, "mse");
  std::mt19937_64 engine(9);
  std::vector<Tensor> results;
  for (int step = 0; step < 5; ++step) {
    const Tensor x = some_ids(engine);
    // The mean of a sample of nothing but padding is NaN under Keras's policies: not trained on.
    const std::int64_t first = c.policy == MaskPolicy::kStrict ? 0 : 1;
    const std::int64_t count = kBatch - first;
    const Tensor y = some_floats(engine, c.keepdims ? Shape{count, 1, 3} : Shape{count, 3});
    Tensor rest = Tensor::zeros({count, kSteps}, DType::kInt32);
    std::copy_n(x.data<std::int32_t>().begin() + first * kSteps, rest.size(),
                rest.data<std::int32_t>().begin());
    model.train_on_batch(rest, y);
    results.push_back(model.predict(x));
  }
  const auto table = std::dynamic_pointer_cast<layers::Embedding>(model.layers()[0]);
  results.push_back(table->embeddings());
  return results;
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() &&
         std::memcmp(a.data<float>().data(), b.data<float>().data(),
                     static_cast<std::size_t>(a.size()) * sizeof(float)) == 0;
}

TEST(FusedPooling, GivesTheBitsOfTheTwoLayers) {
  for (const char* pooling : {"mean", "max", "sum"}) {
    for (const bool mask_zero : {false, true}) {
      for (const auto drawn : {layers::RowsDrawn::kAtOnce, layers::RowsDrawn::kOnDemand}) {
        for (const char* optimizer : {"adam", "sgd"}) {
          const Case c{pooling, mask_zero, mask_zero, drawn, optimizer};
          SCOPED_TRACE(std::string(pooling) + " " + optimizer + (mask_zero ? " masked" : ""));
          const auto apart = trained(c, true);
          for (const int threads : {1, 2}) {
            parallel::set_num_threads(threads);
            const auto fused = trained(c, false);
            for (std::size_t i = 0; i < fused.size(); ++i)
              EXPECT_TRUE(same_bits(fused[i], apart[i])) << i;
          }
          parallel::set_num_threads(0);
        }
      }
    }
  }
}

TEST(FusedPooling, AMeanOfNoStepsIsZeroUnderTheStrictPolicy) {
  for (const char* pooling : {"mean", "sum"}) {
    const Case c{pooling, true, false, layers::RowsDrawn::kAtOnce, "sgd", MaskPolicy::kStrict};
    SCOPED_TRACE(pooling);
    const auto fused = trained(c, false);
    const auto apart = trained(c, true);
    for (std::size_t i = 0; i < fused.size(); ++i) {
      EXPECT_TRUE(same_bits(fused[i], apart[i])) << i;
      for (const float value : fused[i].data<float>()) ASSERT_TRUE(std::isfinite(value)) << i;
    }
  }
}

TEST(FusedPooling, AMeanOfNoStepsHasNoGradient) {
  const Tensor table = Tensor::from(std::vector<float>{1, 2, 3, 4, 5, 6}, {3, 2});
  const Tensor x = Tensor::from(std::vector<int>{0, 0, 1, 2}, {2, 2});
  for (const auto policy : {MaskPolicy::kStrict, MaskPolicy::kKeras3, MaskPolicy::kKeras2}) {
    for (const bool apart : {false, true}) {
      Sequential model({.mask_policy = policy});
      model.add(layers::Embedding(
          {.input_dim = 3, .output_dim = 2, .mask_zero = true, .weights = table}));
      if (apart) model.add(layers::Activation({.activation = "linear"}));
      model.add(layers::GlobalAveragePooling1D());
      const Tensor means = model.predict(x);
      const auto mean = means.data<float>();
      EXPECT_EQ(std::vector<float>(mean.begin() + 2, mean.end()), (std::vector<float>{4, 5}));
      if (policy != MaskPolicy::kStrict) {  // Keras: 0 / 0
        EXPECT_TRUE(std::isnan(mean[0]) && std::isnan(mean[1]));
        continue;
      }
      EXPECT_EQ(std::vector<float>(mean.begin(), mean.begin() + 2), (std::vector<float>{0, 0}));
      // d mse / d mean = 2 (mean - y) / 4: that of the second sample is 1, half of it a step's.
      model.compile(optimizers::SGD({.learning_rate = 1.0F}), "mse");
      model.train_on_batch(x, Tensor::from(std::vector<float>{7, 7, 2, 3}, {2, 2}));
      const Tensor after = model.get_weights()[0];
      EXPECT_EQ(std::vector<float>(after.data<float>().begin(), after.data<float>().end()),
                (std::vector<float>{1, 2, 2.5F, 3.5F, 4.5F, 5.5F}));
    }
  }
}

TEST(FusedPooling, ASumIsASum) {
  Sequential model;
  model.add(
      layers::Embedding({.input_dim = 3,
                         .output_dim = 2,
                         .mask_zero = true,
                         .weights = Tensor::from(std::vector<float>{1, 2, 3, 4, 5, 6}, {3, 2})}));
  model.add(layers::GlobalSumPooling1D());
  const Tensor sums = model.predict(Tensor::from(std::vector<int>{1, 2, 2, 0, 0, 0}, {2, 3}));
  EXPECT_EQ(std::vector<float>(sums.data<float>().begin(), sums.data<float>().end()),
            (std::vector<float>{13, 16, 0, 0}));
}

TEST(FusedPooling, NothingToPoolIsWhatTheLayersSay) {
  Sequential model;
  model.add(layers::Embedding({.input_dim = 3, .output_dim = 2}));
  model.add(layers::GlobalMaxPooling1D());
  EXPECT_THROW(model.predict(Tensor::zeros({2, 0}, DType::kInt32)), std::invalid_argument);
}

TEST(FusedPooling, AnActivityRegularizerStillSeesTheVectors) {
  std::vector<double> losses;
  for (const bool apart : {false, true}) {
    utils::set_random_seed(3);
    Sequential model;
    model.add(layers::Embedding({.input_dim = 9, .output_dim = 4, .activity_regularizer = "l2"}));
    if (apart) model.add(layers::Activation({.activation = "linear"}));
    model.add(layers::GlobalAveragePooling1D());
    model.compile("sgd", "mse");
    const Tensor x = Tensor::from(std::vector<int>{1, 2, 2, 8, 0, 5}, {2, 3});
    for (int i = 0; i < 3; ++i)
      losses.push_back(*model.train_on_batch(x, Tensor::zeros({2, 4})).get("loss"));
  }
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(losses[i], losses[i + 3]);
}

}  // namespace
}  // namespace keratin::models
