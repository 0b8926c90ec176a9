// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/reversible_embedding.h"

#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/error_message.h"
#include "support/golden_calls.h"
#include "support/golden_kinds.h"
#include <gtest/gtest.h>

#include "keratin/initializers/initializers.h"
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

std::shared_ptr<ReversibleEmbedding> both_ways(const Config& c) {
  const auto layer = shared(ReversibleEmbedding({.input_dim = 7,
                                                 .output_dim = c.at("width").as_int(),
                                                 .tie_weights = c.at("tied").as_bool(),
                                                 .logit_soft_cap = 20.0,
                                                 .weights = testing::golden_tensor(c.at("table")),
                                                 .name = "words"}));
  layer->build({kNone, 3});
  if (!c.at("tied").as_bool()) layer->weights()[1]->assign(testing::golden_tensor(c.at("back")));
  testing::become_as_in(c, *layer);
  return layer;
}

// Both ways are sums of at most 10 products of magnitude 3 after codes that are Keras's to the bit.
TEST(ReversibleEmbedding, CodesAndUpdatesAreThoseOfKeras) {
  const Config golden = testing::golden("reversible");
  for (const Config& c : golden.at("cases").as_list()) {
    const auto layer = both_ways(c);
    testing::expect_as_in(c, *layer);
    const Tensor given = testing::golden_tensor(c.at("ids")), x = testing::golden_tensor(c.at("x"));
    const auto both = [&](const ReversibleEmbedding& of) {
      Pass pass;
      return std::pair(Value(of.run(Inputs(given), pass)).tensor(),
                       Value(of.run(reverse(x), pass)).tensor());
    };
    const auto [vectors, logits] = both(*layer);
    EXPECT_EQ(testing::difference(vectors, testing::golden_tensor(c.at("outputs")), 1e-6, 1e-6),
              "");
    EXPECT_EQ(testing::difference(logits, testing::golden_tensor(c.at("logits")), 1e-5, 1e-5), "");
    const auto again =
        shared(ReversibleEmbedding(ReversibleEmbedding::options_from(layer->get_config())));
    again->build({kNone, 3});
    for (const auto& weight : layer->weights()) {
      for (const auto& mine : again->weights()) {
        if (mine->name() == weight->name()) mine->assign(weight->value());
      }
    }
    ASSERT_EQ(again->weights().size(), layer->weights().size());
    const auto [same_vectors, same_logits] = both(*again);
    EXPECT_EQ(testing::difference(same_vectors, vectors, 0, 0), "");
    EXPECT_EQ(testing::difference(same_logits, logits, 0, 0), "");
  }
}

// By algebra: y = x (E + t A B)^T, so that dL/dB = t A^T dL/dy^T x, and dL/dA = t dL/dy^T x B^T.
TEST(ReversibleEmbedding, AnUpdateIsTrainedByTheWayBack) {
  const auto layer = shared(
      ReversibleEmbedding({.input_dim = 2,
                           .output_dim = 2,
                           .weights = Tensor::from(std::vector<float>{1, 2, 3, 4}, {2, 2})}));
  layer->build({kNone});
  layer->enable_lora(1, 2.0);
  const auto weights = layer->weights();
  weights[1]->assign(Tensor::from(std::vector<float>{5, 6}, {2, 1}));
  weights[2]->assign(Tensor::from(std::vector<float>{7, 8}, {1, 2}));
  Pass pass(true, std::make_shared<Tape>());
  const Value y = layer->run(reverse(Tensor::from(std::vector<float>{1, 2}, {1, 2})), pass);
  EXPECT_EQ(testing::difference(
                y.tensor(),
                Tensor::from(std::vector<float>{5 + 2 * 5 * 23, 11 + 2 * 6 * 23}, {1, 2}), 0, 0),
            "");
  Gradients found;
  pass.tape->slopes(y, Tensor::from(std::vector<float>{1, 10}, {1, 2}), {}, &found);
  EXPECT_EQ(found.find(*weights[0]), nullptr);
  ASSERT_NE(found.find(*weights[1]), nullptr);
  EXPECT_EQ(testing::difference(found.find(*weights[1])->dense,
                                Tensor::from(std::vector<float>{2 * 23, 20 * 23}, {2, 1}), 0, 0),
            "");
  ASSERT_NE(found.find(*weights[2]), nullptr);
  EXPECT_EQ(testing::difference(found.find(*weights[2])->dense,
                                Tensor::from(std::vector<float>{2 * 65, 4 * 65}, {1, 2}), 0, 0),
            "");
}

// More rows than are read at a time: each logit, and the slope, from the numbers that the codes
// stand for, summed in double precision.
TEST(ReversibleEmbedding, RowsOfCodesAreReadByParts) {
  constexpr std::int64_t kRows = 1500, kWidth = 400, kVectors = 3;
  const auto drawn = [](const Shape& shape, int seed) {
    return initializers::RandomUniform({.seed = seed})(shape);
  };
  const auto at = [](const Tensor& matrix, std::int64_t i, std::int64_t j) {
    return static_cast<double>(
        matrix.data<float>()[static_cast<std::size_t>(i * matrix.shape()[1] + j)]);
  };
  const Tensor x = drawn({kVectors, kWidth}, 1), slopes = drawn({kVectors, kRows}, 2);
  const Tensor rows = drawn({kRows, kWidth}, 3);
  std::vector<float> numbers(static_cast<std::size_t>(kRows * kWidth));
  for (std::int64_t i = 0; i < kRows; ++i) {
    for (std::int64_t d = 0; d < kWidth; ++d)
      numbers[static_cast<std::size_t>(d * kRows + i)] = static_cast<float>(at(rows, i, d));
  }
  const Tensor columns = Tensor::from(numbers, {kWidth, kRows});
  for (const char* const mode : {"int8", "int4", "int4/-1"}) {
    for (const bool tied : {true, false}) {
      const auto layer = shared(
          ReversibleEmbedding({.input_dim = kRows, .output_dim = kWidth, .tie_weights = tied}));
      layer->build({kNone});
      QuantizationConfig how = QuantizationConfig::of(std::string(mode).substr(0, 4));
      how.activation_quantizer.reset();
      if (std::string(mode).ends_with("/-1")) how.block_size = -1;
      layer->weights()[0]->assign(rows);
      if (!tied) layer->weights()[1]->assign(columns);
      layer->quantize(how);
      const Tensor table = layer->embeddings();
      Pass pass(true, std::make_shared<Tape>());
      const Value given = pass.tape->watch(x);
      const Value y = layer->run(reverse(given), pass);
      const Tensor found = pass.tape->slopes(y, slopes, std::span(&given, 1), nullptr)[0];
      for (std::int64_t i = 0; i < kVectors; ++i) {
        for (std::int64_t row = 0; row < kRows; ++row) {
          double sum = 0;
          for (std::int64_t d = 0; d < kWidth; ++d) sum += at(x, i, d) * at(table, row, d);
          ASSERT_NEAR(at(y.tensor(), i, row), sum, 1e-6) << mode << tied << row;
        }
        for (std::int64_t d = 0; d < kWidth; ++d) {
          double sum = 0;
          for (std::int64_t row = 0; row < kRows; ++row)
            sum += at(slopes, i, row) * at(table, row, d);
          ASSERT_NEAR(at(found, i, d), sum, 4e-6) << mode << tied << d;
        }
      }
    }
  }
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
  EXPECT_THROW(
      ReversibleEmbedding(
          {.input_dim = 5, .output_dim = 2, .dtype = DTypePolicy::named("mixed_bfloat16")}),
      std::invalid_argument);
  // What is refused leaves the layer as it was: here an axis that rows cannot have.
  const auto untied =
      shared(ReversibleEmbedding({.input_dim = 5, .output_dim = 2, .tie_weights = false}));
  untied->build({kNone});
  QuantizationConfig how = QuantizationConfig::of("int8");
  how.weight_quantizer = AbsMaxQuantizer{.axis = Config(std::int64_t{0})};
  EXPECT_THROW(untied->quantize(how), std::invalid_argument);
  EXPECT_FALSE(untied->is_quantized());
  EXPECT_EQ(untied->weights().size(), 2U);
  EXPECT_NE(testing::message([&] { untied->enable_lora(3); }).find("[ReversibleEmbedding]"),
            std::string::npos);
}

}  // namespace
}  // namespace keratin::layers
