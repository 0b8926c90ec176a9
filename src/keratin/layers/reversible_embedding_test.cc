// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/reversible_embedding.h"

#include <limits>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "support/golden_calls.h"
#include <gtest/gtest.h>

#include "keratin/layers/layers.h"

namespace keratin::layers {
namespace {

TEST(ReversibleEmbedding, CallsAreThoseOfKeras) {
  // Sums of at most 20 products of magnitude 3: 20 times 6e-8 of 9 is 1e-5, beside what cancels.
  testing::expect_golden_calls("embeddings", 1e-5, 1e-5);
}

Tensor ids(const std::vector<std::int32_t>& values, Shape shape) {
  return Tensor::from(values, std::move(shape));
}

Inputs reverse(const Value& x) {
  Config options = Config::dict();
  options["reverse"] = true;
  return Inputs(Values(x), {}, options);
}

TEST(ReversibleEmbedding, ATiedTableGetsOneGradientOfBothWays) {
  // y = E[1] E^T, L = sum(y): dL/dE is 1 E[1] in every row, and the sum of all rows in row 1.
  const auto table = shared(
      ReversibleEmbedding({.input_dim = 3,
                           .output_dim = 2,
                           .weights = Tensor::from(std::vector<float>{1, 2, 3, 4, 5, 6}, {3, 2})}));
  Pass pass(true, std::make_shared<Tape>());
  const Value y = table->run(reverse(Value(table->run(Inputs(ids({1}, {1, 1})), pass))), pass);
  Gradients found;
  pass.tape->slopes(y, Tensor::from(std::vector<float>{1, 1, 1}, {1, 1, 3}), {}, &found);
  const Gradients::Entry* const entry = found.find(*table->weights()[0]);
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(testing::difference(entry->dense,
                                Tensor::from(std::vector<float>{3, 4, 12, 16, 3, 4}, {3, 2}), 0, 0),
            "");
}

TEST(ReversibleEmbedding, MasksGoAlongUnlessThePolicyIsKeras) {
  const auto table =
      shared(ReversibleEmbedding({.input_dim = 5, .output_dim = 2, .mask_zero = true}));
  Pass pass;
  const Value vectors = table->run(Inputs(ids({1, 0}, {1, 2})), pass);
  ASSERT_TRUE(vectors.has_mask());
  EXPECT_TRUE(Value(table->run(reverse(vectors), pass)).has_mask());
  Pass keras(false, nullptr, MaskPolicy::kKeras3);
  EXPECT_TRUE(Value(table->run(Inputs(ids({1, 0}, {1, 2})), keras)).has_mask());
  EXPECT_FALSE(Value(table->run(reverse(vectors), keras)).has_mask());
}

TEST(ReversibleEmbedding, WhatDoesNotFitIsRefused) {
  const auto table = shared(ReversibleEmbedding({.input_dim = 5, .output_dim = 2}));
  Pass pass;
  EXPECT_THROW(table->run(Inputs(ids({5}, {1, 1})), pass), std::out_of_range);
  EXPECT_THROW(table->run(reverse(Tensor::zeros({2, 3})), pass), std::invalid_argument);
  EXPECT_THROW(table->run(reverse(Tensor::zeros({})), pass), std::invalid_argument);
  for (const double cap : {0.0, -1.0, std::numeric_limits<double>::infinity()}) {
    EXPECT_THROW(ReversibleEmbedding({.input_dim = 5, .output_dim = 2, .logit_soft_cap = cap}),
                 std::invalid_argument);
  }
  EXPECT_THROW(ReversibleEmbedding({.input_dim = 5, .output_dim = 2, .reverse_dtype = "float16"}),
               std::invalid_argument);
  EXPECT_THROW(ReversibleEmbedding({.input_dim = 0, .output_dim = 2}), std::invalid_argument);
}

}  // namespace
}  // namespace keratin::layers
