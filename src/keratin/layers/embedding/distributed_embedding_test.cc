// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/embedding/distributed_embedding.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/error_message.h"
#include "support/golden.h"
#include "support/numbers.h"
#include <gtest/gtest.h>

#include "keratin/base/seed.h"
#include "keratin/layers/layers.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/elementwise.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/reductions.h"
#include "keratin/ops/rounding.h"
#include "keratin/optimizers/optimizers.h"
#include "keratin/parallel/parallel.h"

namespace keratin::layers {
namespace {

using ::keratin::testing::message;
using testing::floats;

std::shared_ptr<TableConfig> table(std::string name, std::int64_t rows, std::int64_t width,
                                   std::string combiner = "sum") {
  return std::make_shared<TableConfig>(TableConfig{.name = std::move(name),
                                                   .vocabulary_size = rows,
                                                   .embedding_dim = width,
                                                   .combiner = std::move(combiner)});
}

FeatureConfig feature(std::string name, std::shared_ptr<const TableConfig> of, std::int64_t ids) {
  const std::int64_t width = of->embedding_dim;
  return {std::move(name), std::move(of), {kNone, ids}, {kNone, width}};
}

Tensor drawn_ids(std::int64_t bags, std::int64_t each, std::int64_t rows, std::int64_t by) {
  std::vector<std::int64_t> ids;
  for (std::int64_t i = 0; i < bags * each; ++i) ids.push_back(i * by % rows);
  return Tensor::from(ids, {bags, each});
}

TEST(DistributedEmbedding, CallsAndConfigsAreThoseOfKerasRS) {
  const Config file = testing::golden("distributed");
  for (const Config& one : file.at("cases").as_list()) {
    const auto layer = Layer::deserialize(one.at("layer"));
    const auto& distributed = dynamic_cast<const DistributedEmbedding&>(*layer);
    Values inputs;
    for (const Config& given : one.at("batches").as_list()[0].as_list())
      inputs.push_back(testing::golden_tensor(given));
    Pass pass;
    layer->run(Inputs(inputs), pass);
    std::vector<Tensor> weights;
    for (std::size_t i = 0; i < layer->weights().size(); ++i)
      weights.push_back(testing::golden_tensor(one.at("before").as_list()[i]));
    layer->set_weights(weights);
    const Values outputs = layer->run(Inputs(inputs), pass);
    ASSERT_EQ(outputs.size(), one.at("outputs").as_list().size() - 1);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      // A sum of at most 5 products of magnitude 3, divided by what may be 0.1.
      EXPECT_EQ(testing::difference(outputs[i].tensor(),
                                    testing::golden_tensor(one.at("outputs").as_list()[i + 1]),
                                    1e-5, 1e-5),
                "");
    }
    EXPECT_EQ(Layer::deserialize(layer->serialize())->get_config(), layer->get_config());
    const auto tables = distributed.get_embedding_tables();
    for (std::size_t i = 0; i < tables.size(); ++i) {
      EXPECT_EQ(tables[i].first, layer->parts()[i]->name());
      EXPECT_EQ(floats(tables[i].second), floats(weights[i]));
    }
  }
}

TEST(DistributedEmbedding, FeaturesOfOneTableShareIt) {
  const auto shared_table = table("shared", 50, 4);
  const DistributedEmbedding layer(
      {.feature_configs = {feature("a", shared_table, 3), feature("b", table("own", 9, 2), 1),
                           feature("c", shared_table, 2)}});
  const Values inputs{drawn_ids(5, 3, 50, 7), drawn_ids(5, 1, 9, 2), drawn_ids(5, 2, 50, 3)};
  Pass pass(true, std::make_shared<Tape>());
  const Values outputs = layer.run(Inputs(inputs), pass);
  EXPECT_EQ(layer.weights().size(), 2U);
  EXPECT_EQ(layer.weights()[0]->path().substr(layer.path().size()), "/shared/embeddings");
  // The gradient of a sum is how often a row was looked up, by whichever feature.
  const Value total = ops::sum(outputs[0]) + ops::sum(outputs[2]);
  Gradients gradients;
  pass.tape->gradients(total, 1, gradients);
  const SparseRows& rows = gradients.find(*layer.weights()[0])->rows;
  std::vector<float> counts(50);
  for (const std::size_t i : {0U, 2U}) {
    for (const std::int64_t id : inputs[i].tensor().data<std::int64_t>())
      counts[static_cast<std::size_t>(id)] += 1;
  }
  for (std::size_t i = 0; i < rows.ids.size(); ++i)
    EXPECT_EQ(floats(rows.values)[4 * i], counts[static_cast<std::size_t>(rows.ids[i])]);
  EXPECT_EQ(gradients.find(*layer.weights()[1]), nullptr);
}

/// The bits of two steps of six features of four tables, by that many threads.
std::vector<std::vector<float>> trained(int threads) {
  parallel::set_num_threads(threads);
  std::vector<FeatureConfig> features;
  Values inputs;
  for (std::int64_t i = 0; i < 6; ++i) {
    const std::string name = str("t", i % 4);
    const bool known = i >= 4;
    features.push_back(feature(str("f", i),
                               known ? features[static_cast<std::size_t>(i % 4)].table
                                     : table(name, 3000 + i, 16, i % 2 == 0 ? "mean" : "sqrtn"),
                               12));
    inputs.push_back(drawn_ids(700, 12, 3000, 2 * i + 1));
  }
  random::set_random_seed(3);
  const DistributedEmbedding layer({.feature_configs = features});
  optimizers::SGD model(optimizers::SGDOptions{});
  for (int step = 0; step < 2; ++step) {
    Pass pass(true, std::make_shared<Tape>());
    const Values outputs = layer.run(Inputs(inputs), pass);
    Value total = ops::sum(ops::square(outputs[0]));
    for (std::size_t i = 1; i < outputs.size(); ++i)
      total = total + ops::sum(ops::square(outputs[i]));
    Gradients gradients;
    pass.tape->gradients(total, 1, gradients);
    model.apply(layer.trainable_weights(), gradients);
  }
  parallel::set_num_threads(0);
  std::vector<std::vector<float>> all;
  for (const Tensor& weight : layer.get_weights()) all.push_back(floats(weight));
  return all;
}

TEST(DistributedEmbedding, OneThreadGivesTheBitsOfMany) { EXPECT_EQ(trained(1), trained(4)); }

TEST(DistributedEmbedding, WhatDoesNotFitIsRefused) {
  const auto made = [](FeatureConfig one) {
    return message([&] { DistributedEmbedding({.feature_configs = {std::move(one)}}); });
  };
  EXPECT_THROW(DistributedEmbedding({}), std::invalid_argument);
  EXPECT_NE(made({.name = "f"}).find("feature 'f' has no table"), std::string::npos);
  const auto with = [&](auto change) {
    const auto changed = table("t", 5, 2);
    change(*changed);
    return made(feature("f", changed, 3));
  };
  EXPECT_NE(with([](TableConfig& t) { t.placement = "sparsecore"; }).find("no SparseCore"),
            std::string::npos);
  EXPECT_NE(with([](TableConfig& t) { t.combiner = "max"; }).find("combiner"), std::string::npos);
  EXPECT_NE(with([](TableConfig& t) { t.vocabulary_size = 0; }).find("vocabulary_size"),
            std::string::npos);
  EXPECT_NE(with([](TableConfig& t) { t.max_ids_per_partition = 0; }).find("max_ids"),
            std::string::npos);
  EXPECT_NE(with([](TableConfig& t) {
              t.optimizer =
                  std::make_shared<optimizers::LossScaleOptimizer>(optimizers::LossScaleOptimizer(
                      optimizers::LossScaleOptimizerOptions{.inner_optimizer = "sgd"}));
            }).find("LossScaleOptimizer"),
            std::string::npos);
  EXPECT_NE(with([](TableConfig& t) {
              const auto sgd = std::make_shared<optimizers::SGD>(optimizers::SGDOptions{});
              sgd->override_with({.class_name = "Mine", .apply = [](auto, const Gradients&) {}});
              t.optimizer = sgd;
            }).find("functions of a user's"),
            std::string::npos);
  EXPECT_NE(made({"f", table("t", 5, 2), {kNone, 3}, {kNone, 3}}).find("output_shape must be"),
            std::string::npos);
  EXPECT_NE(made({"f", table("t", 5, 2), {}, {kNone, 2}}).find("axis of the batch"),
            std::string::npos);
  EXPECT_THROW(DistributedEmbedding({.feature_configs = {feature("a", table("t", 5, 2), 3),
                                                         feature("b", table("t", 5, 2), 3)}}),
               std::invalid_argument);
  EXPECT_THROW(DistributedEmbedding({.feature_configs = {feature("a", table("t", 5, 2), 3)},
                                     .structure = Config::list()}),
               std::invalid_argument);
  const DistributedEmbedding layer({.feature_configs = {feature("a", table("t", 5, 2), 3)}});
  Pass pass;
  EXPECT_THROW(layer.run(Inputs(drawn_ids(2, 4, 5, 1)), pass), std::invalid_argument);
  EXPECT_THROW(layer.run(Inputs(drawn_ids(2, 3, 6, 1)), pass), std::out_of_range);
  EXPECT_THROW(layer.run(Inputs(Values{drawn_ids(2, 3, 5, 1), Tensor::zeros({3, 3})}), pass),
               std::invalid_argument);
  EXPECT_FALSE(std::string(layer.name()).empty());
}

}  // namespace
}  // namespace keratin::layers
