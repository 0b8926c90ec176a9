// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/embed_reduce.h"

#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "support/golden_calls.h"
#include "support/golden_kinds.h"
#include <gtest/gtest.h>

#include "keratin/layers/layers.h"

namespace keratin::layers {
namespace {

TEST(EmbedReduce, CallsOfLayersOfRecommendersAreThoseOfKerasRS) {
  // Sums of at most 12 products of magnitude 3, divided by what may be some 0.1: 12 times 6e-8 of 9
  // times 10, and its square in the gradient of the weights.
  testing::expect_golden_calls("bags", 1e-4, 2e-4);
}

// Sums of three rows, each with an update of two products.
TEST(EmbedReduce, UpdatesAreThoseOfKerasRS) {
  const Config golden = testing::golden("reversible");
  for (const Config& c : golden.at("reduced").as_list()) {
    const auto layer = shared(EmbedReduce({.input_dim = 7,
                                           .output_dim = 5,
                                           .weights = testing::golden_tensor(c.at("table")),
                                           .combiner = c.at("combiner").as_string(),
                                           .name = "bags"}));
    layer->build({kNone, 3});
    testing::become_as_in(c, *layer);
    testing::expect_as_in(c, *layer);
    Inputs inputs(testing::golden_tensor(c.at("ids")));
    if (!c.at("given").is_null())
      inputs.named.emplace_back("weights", testing::golden_tensor(c.at("given")));
    Pass pass(true, std::make_shared<Tape>());
    const Value y = layer->run(inputs, pass);
    EXPECT_EQ(testing::difference(y.tensor(), testing::golden_tensor(c.at("outputs")), 2e-6, 2e-6),
              "");
    // What is trained is the update, and of the table on its left the rows that were read.
    Gradients found;
    pass.tape->slopes(y, y.tensor(), {}, &found);
    EXPECT_EQ(found.find(*layer->weights()[0]), nullptr);
    ASSERT_NE(found.find(*layer->weights()[1]), nullptr);
    EXPECT_FALSE(found.find(*layer->weights()[1])->dense);
    ASSERT_NE(found.find(*layer->weights()[2]), nullptr);
    EXPECT_THROW(layer->quantize(QuantizationConfig::of("int8")), std::invalid_argument);
  }
}

Tensor bag_ids(const std::vector<std::int32_t>& values, Shape shape) {
  return Tensor::from(values, std::move(shape));
}

std::shared_ptr<EmbedReduce> powers(std::string combiner, bool mask_zero = false) {
  return shared(EmbedReduce({.input_dim = 4,
                             .output_dim = 1,
                             .mask_zero = mask_zero,
                             .weights = Tensor::from(std::vector<float>{1, 2, 4, 8}, {4, 1}),
                             .combiner = std::move(combiner)}));
}

void expect(const Value& y, const std::vector<float>& wanted) {
  const auto got = y.tensor().data<float>();
  EXPECT_EQ(std::vector<float>(got.begin(), got.end()), wanted);
}

TEST(EmbedReduce, PaddingIsInNoBagUnlessThePolicyIsKeras) {
  const Tensor bags = bag_ids({1, 3, 0, 0, 0, 0}, {2, 3});
  Pass strict;
  expect(powers("mean", true)->run(Inputs(bags), strict), {5, 0});
  expect(powers("sum", true)->run(Inputs(bags), strict), {10, 0});
  Pass keras(false, nullptr, MaskPolicy::kKeras3);
  expect(powers("sum", true)->run(Inputs(bags), keras), {11, 3});
  expect(powers("sum")->run(Inputs(bags), strict), {11, 3});
}

TEST(EmbedReduce, BagsOfNothingAreZero) {
  Pass pass;
  for (const char* const combiner : {"mean", "sum", "sqrtn"}) {
    expect(powers(combiner)->run(Inputs(bag_ids({}, {2, 0})), pass), {0, 0});
    const Inputs weightless(bag_ids({1, 2}, {1, 2}), {{"weights", Values(Tensor::zeros({1, 2}))}});
    expect(powers(combiner)->run(weightless, pass), {0});
  }
}

TEST(EmbedReduce, WeightsMayBeNegative) {
  Pass pass;
  const Tensor weights = Tensor::from(std::vector<float>{3, -1}, {1, 2});
  expect(powers("mean")->run(Inputs(bag_ids({1, 2}, {1, 2}), {{"weights", Values(weights)}}), pass),
         {1});
}

TEST(EmbedReduce, WhatDoesNotFitIsRefused) {
  Pass pass;
  const auto layer = powers("mean");
  EXPECT_THROW(layer->run(Inputs(bag_ids({1, 4}, {1, 2})), pass), std::out_of_range);
  EXPECT_THROW(layer->run(Inputs(bag_ids({1, -1}, {1, 2})), pass), std::out_of_range);
  EXPECT_THROW(
      layer->run(Inputs(bag_ids({1, 2}, {1, 2}), {{"weights", Values(Tensor::zeros({2}))}}), pass),
      std::invalid_argument);
  EXPECT_THROW(powers("max"), std::invalid_argument);
  const auto crossed = shared(FeatureCross({}));
  EXPECT_THROW(
      crossed->run(Inputs({Value(Tensor::zeros({2, 3})), Value(Tensor::zeros({2, 4}))}), pass),
      std::invalid_argument);
  crossed->run(Inputs(Tensor::zeros({2, 3})), pass);
  EXPECT_THROW(crossed->run(Inputs(Tensor::zeros({2, 4})), pass), std::invalid_argument);
  EXPECT_THROW(FeatureCross({.diag_scale = -1}), std::invalid_argument);
  EXPECT_THROW(FeatureCross({.projection_dim = 0}), std::invalid_argument);
  const auto dots = shared(DotInteraction({}));
  EXPECT_THROW(
      dots->run(Inputs({Value(Tensor::zeros({2, 3})), Value(Tensor::zeros({2, 4}))}), pass),
      std::invalid_argument);
  EXPECT_THROW(dots->run(Inputs(Tensor::zeros({2, 3, 4})), pass), std::invalid_argument);
}

}  // namespace
}  // namespace keratin::layers
