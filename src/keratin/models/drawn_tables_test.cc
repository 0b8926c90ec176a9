// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <cmath>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/error_message.h"
#include "support/golden.h"
#include <gtest/gtest.h>

#include "keratin/initializers/initializers.h"
#include "keratin/layers/layers.h"
#include "keratin/models/sequential.h"
#include "keratin/regularizers/regularizers.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::models {
namespace {

using ::keratin::testing::message;
using layers::Dense;
using layers::Embedding;
using layers::Flatten;
using layers::GlobalAveragePooling1D;

/// Embedding -> mean -> Dense(1), the table drawn when `drawn` says.
Sequential pooled_model(layers::RowsDrawn drawn, std::int64_t rows) {
  return Sequential(
      {Embedding({.input_dim = rows,
                  .output_dim = 5,
                  .embeddings_initializer = initializers::RandomUniform({.seed = 4}),
                  .rows_drawn = drawn}),
       GlobalAveragePooling1D(),
       Dense({.units = 1, .kernel_initializer = initializers::RandomUniform({.seed = 5})})},
      {.name = "pooled"});
}

Tensor far_ids(std::int64_t rows) {
  Tensor x = Tensor::zeros({4, 3}, DType::kInt64);
  std::uint64_t next = 12345;
  for (std::int64_t& id : x.data<std::int64_t>()) {
    next = next * 6364136223846793005u + 1442695040888963407u;
    id = static_cast<std::int64_t>((next >> 16) % static_cast<std::uint64_t>(rows));
  }
  return x;
}

TEST(DrawnTables, ATableDrawnOnDemandTrainsAsOneDrawnAtOnce) {
  constexpr std::int64_t kRows = 3000;
  for (const char* optimizer : {"adam", "adamw", "sgd", "ftrl", "nadam"}) {
    Sequential at_once = pooled_model(layers::RowsDrawn::kAtOnce, kRows);
    Sequential on_demand = pooled_model(layers::RowsDrawn::kOnDemand, kRows);
    const Tensor y = Tensor::from(std::vector<float>{1, -1, 0.5f, 2}, {4, 1});
    std::vector<Tensor> predictions;
    for (Sequential* model : {&at_once, &on_demand}) {
      model->compile(optimizer, "mse");
      for (std::int32_t t = 0; t < 20; ++t) {
        Tensor x = far_ids(kRows);
        for (std::int64_t& id : x.data<std::int64_t>()) id = (id + t * 37) % kRows;
        model->train_on_batch(x, y);
      }
      predictions.push_back(model->predict(far_ids(kRows)));
    }
    const auto a = std::as_const(predictions[0]).data<float>();
    const auto b = std::as_const(predictions[1]).data<float>();
    EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin())) << optimizer;
    const Tensor table_a = at_once.get_weights()[0];
    const Tensor table_b = on_demand.get_weights()[0];
    const auto all_a = std::as_const(table_a).data<float>();
    const auto all_b = std::as_const(table_b).data<float>();
    EXPECT_TRUE(std::equal(all_a.begin(), all_a.end(), all_b.begin())) << optimizer;
  }
}

// The sweep of a step leaves the penalty of the weights that it wrote. Reading the table makes it
// void, so that a model whose table is read before every step adds the penalty up anew.
TEST(DrawnTables, ThePenaltyThatAStepLeavesIsThatOfItsWeights) {
  const auto make = [] {
    Sequential model;
    model.add(layers::Embedding(
        {.input_dim = 700,
         .output_dim = 9,
         .embeddings_initializer = initializers::RandomUniform({.seed = 3}),
         .embeddings_regularizer = regularizers::L1L2({.l1 = 0.01, .l2 = 0.01})}));
    model.add(layers::Flatten());
    model.add(layers::Dense(
        {.units = 1, .kernel_initializer = initializers::RandomUniform({.seed = 4})}));
    model.compile("adam", "mse");
    return model;
  };
  const Tensor x = Tensor::from<std::int64_t>({1, 2, 3, 699, 2, 2}, {2, 3});
  const Tensor y = Tensor::from<float>({1, -1}, {2, 1});
  Sequential swept = make();
  Sequential read = make();
  const auto table = [](Sequential& model) { return model.layers()[0]->weights()[0]->value(); };
  const auto loss = [&](Sequential& model) {
    return model.train_on_batch(x, y).get("loss").value();
  };
  for (int step = 0; step < 5; ++step) {
    if (step > 0) table(read);
    // The sums differ in their order, in double; each is rounded to float once.
    const double wanted = loss(read);
    EXPECT_NEAR(loss(swept), wanted, wanted * 1.2e-7) << step;
  }
  EXPECT_TRUE(std::ranges::equal(std::as_const(swept).get_weights()[0].data<float>(),
                                 std::as_const(read).get_weights()[0].data<float>()));

  // Who holds a handle may write at any time, also after the step that he took it before.
  const double before = loss(swept);
  {
    Tensor kept = table(swept);
    loss(swept);
    kept.data<float>()[6000] += 10;
  }
  // 0.01 * (10 + 100) more, less what two steps learn (0.07 each, as the losses above show).
  EXPECT_GT(loss(swept), before + 0.9);
}

TEST(DrawnTables, ATableOfABillionRows) {
  constexpr std::int64_t kRows = 1'000'000'000;
  // On demand, whatever the memory of the machine.
  Sequential model = pooled_model(layers::RowsDrawn::kOnDemand, kRows);
  const auto start = std::chrono::steady_clock::now();
  model.build({kNone, 3});
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(10));
  model.compile("adam", "mse");
  const Tensor x = far_ids(kRows);
  const Tensor before = model.predict(x);
  model.train_on_batch(x, Tensor::from(std::vector<float>{1, -1, 0.5f, 2}, {4, 1}));
  const Tensor after = model.predict(x);
  EXPECT_NE(std::as_const(before).data<float>()[0], std::as_const(after).data<float>()[0]);
  EXPECT_NE(model.summary().find("5,000,000,006"), std::string::npos) << model.summary();

  // Rows that were touched and rows that never were, from several threads.
  Tensor mixed = far_ids(kRows);
  mixed.data<std::int64_t>()[1] = kRows - 1;
  const Tensor wanted = model.predict(mixed);
  std::vector<Tensor> seen(3);
  std::vector<std::thread> threads;
  for (Tensor& result : seen) threads.emplace_back([&] { result = model.predict(mixed); });
  for (std::thread& thread : threads) thread.join();
  for (const Tensor& result : seen) {
    EXPECT_EQ(std::as_const(result).data<float>()[0], std::as_const(wanted).data<float>()[0]);
  }
  mixed.data<std::int64_t>()[5] = kRows;
  EXPECT_NE(message([&] { model.predict(mixed); }).find("is outside [0, 1000000000)"),
            std::string::npos);
}

/// While rows owe steps, readers of every kind meet: those that settle and those that do not.
TEST(DrawnTables, ReadFromManyThreadsInTheMiddleOfTraining) {
  for (const char* optimizer : {"adamw", "nadam"}) {
    for (const auto precision : {Precision::kFloat32, Precision::kBfloat16}) {
      constexpr std::int64_t kRows = 3000;
      Embedding embedding({.input_dim = kRows, .output_dim = 5, .precision = precision});
      const auto table = std::make_shared<Embedding>(std::move(embedding));
      Sequential model;
      model.add(table);
      model.add(GlobalAveragePooling1D());
      model.add(Dense({.units = 1}));
      model.compile(optimizer, "mse");
      for (std::int32_t t = 0; t < 20; ++t) {
        Tensor x = far_ids(kRows);
        for (std::int64_t& id : x.data<std::int64_t>()) id = (id + t * 37) % kRows;
        model.train_on_batch(x, Tensor::from(std::vector<float>{1, -1, 0.5f, 2}, {4, 1}));
      }
      const Tensor x = far_ids(kRows);
      std::vector<Tensor> predictions(3), tables(3);
      std::vector<std::thread> threads;
      for (std::size_t i = 0; i < 3; ++i) {
        threads.emplace_back([&, i] { predictions[i] = model.predict(x); });
        threads.emplace_back(
            [&, i] { tables[i] = i == 0 ? table->embeddings() : model.get_weights()[0]; });
      }
      for (std::thread& thread : threads) thread.join();
      for (std::size_t i = 1; i < 3; ++i) {
        EXPECT_EQ(testing::difference(predictions[i], predictions[0], 0, 0), "");
        EXPECT_EQ(testing::difference(tables[i], tables[0], 0, 0), "");
      }
    }
  }
}

TEST(DrawnTables, AnotherOptimizerTakesOverWhereUntouchedRowsStand) {
  constexpr std::int64_t kRows = 3000;
  const Tensor y = Tensor::from(std::vector<float>{1, -1, 0.5f, 2}, {4, 1});
  for (const char* first : {"adam", "adagrad", "rmsprop"}) {
    std::vector<Tensor> predictions;
    for (const auto drawn : {layers::RowsDrawn::kAtOnce, layers::RowsDrawn::kOnDemand}) {
      Sequential model = pooled_model(drawn, kRows);
      for (const char* optimizer : {first, "adamw"}) {
        model.compile(optimizer, "mse");
        for (std::int32_t t = 0; t < 4; ++t) {
          Tensor x = far_ids(kRows);
          for (std::int64_t& id : x.data<std::int64_t>()) id = (id + t * 37) % kRows;
          model.train_on_batch(x, y);
        }
      }
      predictions.push_back(model.get_weights()[0]);
    }
    EXPECT_TRUE(std::ranges::equal(std::as_const(predictions[0]).data<float>(),
                                   std::as_const(predictions[1]).data<float>()))
        << first;
  }
  Sequential model = pooled_model(layers::RowsDrawn::kOnDemand, kRows);
  model.compile("adamw", "mse");
  model.train_on_batch(far_ids(kRows), y);
  model.compile("adam", "mse");
  EXPECT_NE(message([&] { model.train_on_batch(far_ids(kRows), y); }).find("cannot take it over"),
            std::string::npos);
}

TEST(DrawnTables, WhatNeedsEveryRowRefusesATableDrawnOnDemand) {
  Sequential model({Embedding({.input_dim = 100,
                               .output_dim = 2,
                               .embeddings_regularizer = "l2",
                               .rows_drawn = layers::RowsDrawn::kOnDemand}),
                    GlobalAveragePooling1D(), Dense({.units = 1})});
  model.compile("adam", "mse");
  EXPECT_NE(message([&] {
              model.train_on_batch(far_ids(100), Tensor::zeros({4, 1}));
            }).find("drawn on demand"),
            std::string::npos);
}

}  // namespace
}  // namespace keratin::models
