// SPDX-License-Identifier: Apache-2.0
// How often a step and a prediction of a built model ask for memory once they have been taken a few
// times: as often for a model of many layers as for one of few.
#include <cstdint>
#include <span>
#include <vector>

#include "memory/memory_that_ends.h"
#include <gtest/gtest.h>

#include "keratin/keratin.h"

namespace keratin {
namespace {

Sequential model_of(int layers) {
  Sequential model({layers::Embedding({.input_dim = 500, .output_dim = 8, .mask_zero = true}),
                    layers::GlobalAveragePooling1D()});
  for (int i = 0; i < layers; ++i) model.add(layers::Dense({.units = 8, .activation = "relu"}));
  model.add(layers::Dense({.units = 1, .activation = "sigmoid"}));
  model.compile({.optimizer = "adam", .loss = "binary_crossentropy", .metrics = {"accuracy"}});
  return model;
}

struct Counts {
  std::int64_t step = 0;
  std::int64_t prediction = 0;
};

/// What one more of each asks for, in the steady state.
Counts counts_of(int layers) {
  Sequential model = model_of(layers);
  const Tensor x = random::randint({16, 5}, 1, 500, {.seed = 1});
  const Tensor y = random::randint({16, 1}, 0, 2, {.seed = 2});
  constexpr int kTimes = 10;
  for (int i = 0; i < 2 * kTimes; ++i) {
    model.train_on_batch(x, y);
    model.predict(x);
  }
  Counts counts;
  std::int64_t before = testing_memory::asked();
  for (int i = 0; i < kTimes; ++i) model.train_on_batch(x, y);
  counts.step = (testing_memory::asked() - before) / kTimes;
  before = testing_memory::asked();
  for (int i = 0; i < kTimes; ++i) model.predict(x);
  counts.prediction = (testing_memory::asked() - before) / kTimes;
  return counts;
}

TEST(SteadyMemory, OfAStepDoesNotGrowWithTheLayers) {
  parallel::set_num_threads(1);
  const Counts few = counts_of(1);
  const Counts some = counts_of(9);
  const Counts many = counts_of(40);
  parallel::set_num_threads(0);
  // 11 lists of the ids and rows of the lookup, 7 of the optimizer, 5 of the loss, metric and logs.
  // What layers make, tensors and ways back, is in memory that the thread and the tape have kept.
  EXPECT_EQ(few.step, 23);
  EXPECT_EQ(few.prediction, 3);  // of the lookup
  EXPECT_EQ(some.step, few.step);
  EXPECT_EQ(some.prediction, few.prediction);
  // Lists that have room for so many only; still one piece of memory each.
  EXPECT_LE(many.step, few.step + 4);
  EXPECT_LE(many.prediction, few.prediction + 1);
}

TEST(SteadyMemory, OfALookupInATableIsNone) {
  for (const auto precision : {Precision::kFloat32, Precision::kBfloat16}) {
    for (const bool on_demand : {false, true}) {
      EmbeddingTable table(
          {.input_dim = 5000,
           .output_dim = 64,
           .rows_drawn = on_demand ? layers::RowsDrawn::kOnDemand : layers::RowsDrawn::kAtOnce,
           .precision = precision});
      std::vector<std::int64_t> ids(4096);
      for (std::size_t i = 0; i < ids.size(); ++i)
        ids[i] = static_cast<std::int64_t>(i * 31 % 5000);
      const std::vector<float> gradient(ids.size() * 64, 1);
      std::vector<float> out(ids.size() * 64);
      optimizers::Adam adam;
      table.step(ids, gradient, adam);
      table.step(std::vector<std::int64_t>{1}, std::span(gradient).first(64), adam);  // others wait
      table.lookup(ids, out);  // the first call starts threads
      const std::int64_t before = testing_memory::asked();
      table.lookup(ids, out);
      table.lookup(std::vector<std::int32_t>(), {});
      EXPECT_EQ(testing_memory::asked() - before, 0) << on_demand;
    }
  }
}

}  // namespace
}  // namespace keratin
