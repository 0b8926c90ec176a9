// SPDX-License-Identifier: Apache-2.0
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

TEST(Modeling, CallsAreThoseOfKerasHub) {
  // Angles of at most 7, of float32 frequencies that may differ in the last place: 4e-7, times
  // numbers of magnitude 3; sums of at most 10 of them.
  testing::expect_golden_calls("positions", 1e-5, 1e-5);
}

Inputs with(Value x, const std::string& name, Value value) {
  return Inputs(Values(std::move(x)), {{name, Values(std::move(value))}});
}
Inputs from(Value x, Config start) {
  Config options = Config::dict();
  options["start_index"] = std::move(start);
  return Inputs(Values(std::move(x)), {}, options);
}
Tensor integers(const std::vector<std::int64_t>& values) {
  return Tensor::from(values, {static_cast<std::int64_t>(values.size())});
}

TEST(Modeling, RowsThatThereAreNotAreRefused) {
  const auto layer = shared(PositionEmbedding({.sequence_length = 4}));
  Pass pass;
  const Value x = Tensor::zeros({2, 3, 5});
  EXPECT_EQ(Value(layer->run(from(x, 1), pass)).shape(), (Shape{2, 3, 5}));
  EXPECT_THROW(layer->run(from(x, 2), pass), std::out_of_range);
  EXPECT_THROW(layer->run(from(x, -1), pass), std::out_of_range);
  EXPECT_THROW(layer->run(from(x, 0.5), pass), std::invalid_argument);
  EXPECT_THROW(layer->run(Inputs(Tensor::zeros({2, 5, 5})), pass), std::out_of_range);
  EXPECT_THROW(layer->run(with(x, "positions", integers({0, 1, 4})), pass), std::out_of_range);
  EXPECT_THROW(layer->run(with(x, "positions", integers({0, 1})), pass), std::invalid_argument);
  EXPECT_THROW(layer->run(with(x, "start_index", integers({0, 1})), pass), std::invalid_argument);
  EXPECT_THROW(layer->run(Inputs(Tensor::zeros({2, 3, 4})), pass), std::invalid_argument);
  EXPECT_THROW(PositionEmbedding({.sequence_length = 0}), std::invalid_argument);
}

TEST(Modeling, AStartMayBeAValue) {
  const auto layer = shared(SinePositionEncoding({}));
  Pass pass;
  const Value x = Tensor::zeros({2, 3, 6});
  const Tensor wanted = Value(layer->run(from(x, 5), pass)).tensor();
  EXPECT_EQ(
      testing::difference(Value(layer->run(with(x, "start_index", integers({5})), pass)).tensor(),
                          wanted, 0, 0),
      "");
}

TEST(Modeling, TurnsKeepLengthsAndDependOnDistancesAlone) {
  // q at step s and k at step t: their product depends on s - t.
  const auto layer = shared(RotaryEmbedding({}));
  Pass pass;
  const Value x =
      Tensor::from(std::vector<float>{0.5F, -1, 2, 0.25F, 0.5F, -1, 2, 0.25F}, {1, 2, 4});
  const auto product = [&](double start) {
    const Tensor y = Value(layer->run(from(x, start), pass)).tensor();
    double sum = 0;
    for (std::size_t i = 0; i < 4; ++i)
      sum += static_cast<double>(y.data<float>()[i]) * static_cast<double>(y.data<float>()[4 + i]);
    return sum;
  };
  EXPECT_NEAR(product(0), product(40), 1e-5);
}

TEST(Modeling, WhatCannotBeIsRefused) {
  Pass pass;
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_THROW(SinePositionEncoding({.max_wavelength = 0}), std::invalid_argument);
  EXPECT_THROW(RotaryEmbedding({.scaling_factor = infinity}), std::invalid_argument);
  EXPECT_THROW(RotaryEmbedding({.rope_type = "spiral"}), std::invalid_argument);
  EXPECT_THROW(RotaryEmbedding({.denominator_dim = 0}), std::invalid_argument);
  const auto turned = [&](RotaryEmbeddingOptions options, Shape shape) {
    shared(RotaryEmbedding(std::move(options)))->run(Inputs(Tensor::zeros(shape)), pass);
  };
  EXPECT_THROW(turned({}, {2, 3, 5}), std::invalid_argument);
  EXPECT_THROW(turned({}, {2, 4}), std::invalid_argument);
  EXPECT_THROW(turned({.sequence_axis = 3}, {2, 3, 4}), std::invalid_argument);
  EXPECT_THROW(turned({.sequence_axis = 2}, {2, 3, 4}), std::invalid_argument);
  EXPECT_THROW(TokenAndPositionEmbedding({.vocabulary_size = 3, .sequence_length = 2}),
               std::invalid_argument);
}

TEST(Modeling, TokensCarryTheirMask) {
  const auto layer = shared(TokenAndPositionEmbedding(
      {.vocabulary_size = 5, .sequence_length = 4, .embedding_dim = 3, .mask_zero = true}));
  Pass pass;
  const Value y =
      layer->run(Inputs(Tensor::from(std::vector<std::int32_t>{1, 0, 2, 0}, {1, 4})), pass);
  ASSERT_TRUE(y.has_mask());
  EXPECT_FALSE(y.mask().tensor().data<bool>()[1]);
  EXPECT_EQ(layer->name_of_part(0), "token_embedding");
}

}  // namespace
}  // namespace keratin::layers
