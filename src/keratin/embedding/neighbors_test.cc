// SPDX-License-Identifier: Apache-2.0
#include "keratin/embedding/neighbors.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

#include "keratin/parallel/parallel.h"

namespace keratin::embedding {
namespace {

constexpr Similarity kAll[] = {Similarity::kDot, Similarity::kCosine, Similarity::kDistance};
constexpr float kNoNumber = std::numeric_limits<float>::quiet_NaN();

std::vector<float> normal(std::int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> draw;
  std::vector<float> numbers(static_cast<std::size_t>(count));
  for (float& x : numbers) x = draw(random);
  return numbers;
}

/// Nearest first, in double and then in float32, the lowest id first.
FoundNeighbors reference(const std::vector<float>& rows, std::int64_t width,
                         const std::vector<float>& queries, Similarity similarity, std::int64_t k) {
  const auto size = static_cast<std::size_t>(width);
  FoundNeighbors result;
  for (std::size_t q = 0; q < queries.size(); q += size) {
    std::vector<float> scores;
    for (std::size_t r = 0; r < rows.size(); r += size) {
      double dot = 0, a = 0, b = 0, distance = 0;
      for (std::size_t i = 0; i < size; ++i) {
        const double x = queries[q + i], y = rows[r + i];
        dot += x * y;
        a += x * x;
        b += y * y;
        distance += (x - y) * (x - y);
      }
      const double cosine = a * b == 0 ? 0 : dot / std::sqrt(a * b);
      scores.push_back(static_cast<float>(similarity == Similarity::kDot ? dot
                                          : similarity == Similarity::kCosine
                                              ? cosine
                                              : -std::sqrt(distance)));
    }
    std::vector<std::int64_t> order(scores.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::int64_t x, std::int64_t y) {
      return scores[static_cast<std::size_t>(x)] > scores[static_cast<std::size_t>(y)];
    });
    for (std::int64_t i = 0; i < k; ++i) {
      result.ids.push_back(order[static_cast<std::size_t>(i)]);
      const float score = scores[static_cast<std::size_t>(result.ids.back())];
      result.scores.push_back(similarity == Similarity::kDistance ? 0 - score : score);
    }
  }
  return result;
}

void expect_same(const FoundNeighbors& found, const FoundNeighbors& wanted) {
  EXPECT_EQ(found.ids, wanted.ids);
  EXPECT_EQ(found.scores, wanted.scores);
}

template <class Error, class Body>
std::string refusal_of(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Neighbors, AreThoseOfDoublePrecision) {
  for (const auto& [rows, width] :
       {std::pair<std::int64_t, std::int64_t>{1, 1}, {300, 3}, {1500, 40}, {1200, 129}}) {
    const auto table = normal(rows * width, 1);
    for (const std::int64_t count : {1, 4, 5, 21}) {
      const auto queries = normal(count * width, 2);
      for (const Similarity similarity : kAll) {
        const Neighbors neighbors(Tensor::from(table, {rows, width}), {.similarity = similarity});
        for (const std::int64_t k : {std::int64_t{1}, std::min<std::int64_t>(rows, 13)})
          expect_same(neighbors.search(queries, k),
                      reference(table, width, queries, similarity, k));
      }
    }
  }
}

TEST(Neighbors, AreExactWhereFloat32IsNot) {
  // Rows that differ in their last bits, far from zero: float32's sums of 64 products do not tell.
  constexpr std::int64_t kRows = 2000, kWidth = 64;
  std::vector<float> table(kRows * kWidth);
  const auto noise = normal(kRows * kWidth, 3);
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = 100 + 1e-4F * noise[i];
  const std::vector<float> queries(table.begin() + 7 * kWidth, table.begin() + 15 * kWidth);
  for (const Similarity similarity : kAll) {
    const Neighbors neighbors(Tensor::from(table, {kRows, kWidth}), {.similarity = similarity});
    expect_same(neighbors.search(queries, 10), reference(table, kWidth, queries, similarity, 10));
  }
}

TEST(Neighbors, HaveTheSameBitsForOneAndForManyThreads) {
  constexpr std::int64_t kRows = 30'000, kWidth = 24;
  const auto table = normal(kRows * kWidth, 4), queries = normal(300 * kWidth, 5);
  for (const Similarity similarity : kAll) {
    const Neighbors neighbors(Tensor::from(table, {kRows, kWidth}), {.similarity = similarity});
    parallel::set_num_threads(1);
    const FoundNeighbors one = neighbors.search(queries, 9);
    parallel::set_num_threads(4);
    expect_same(neighbors.search(queries, 9), one);
    const std::vector<float> second(queries.begin() + kWidth, queries.begin() + 2 * kWidth);
    const FoundNeighbors alone = neighbors.search(second, 9);
    EXPECT_TRUE(std::equal(alone.ids.begin(), alone.ids.end(), one.ids.begin() + 9));
    EXPECT_TRUE(std::equal(alone.scores.begin(), alone.scores.end(), one.scores.begin() + 9));
    parallel::set_num_threads(0);
  }
}

TEST(Neighbors, OfEqualRowsTheLowestIsFirstAndTheRowItselfIsLeftOut) {
  constexpr std::int64_t kRows = 3000;
  const Neighbors neighbors(Tensor::from(std::vector<float>(kRows * 2, 0.5F), {kRows, 2}));
  const std::vector<std::int32_t> ids = {0, 2};
  EXPECT_EQ(neighbors.search_ids(ids, 3).ids, (std::vector<std::int64_t>{1, 2, 3, 0, 1, 3}));
  EXPECT_EQ(neighbors.search_ids(ids, 3, true).ids, (std::vector<std::int64_t>{0, 1, 2, 0, 1, 2}));
}

TEST(Neighbors, ReadEveryKindOfTable) {
  for (const Precision precision :
       {Precision::kFloat32, Precision::kBfloat16, Precision::kFloat16}) {
    for (const auto drawn : {layers::RowsDrawn::kAtOnce, layers::RowsDrawn::kOnDemand}) {
      const EmbeddingTable table(
          {.input_dim = 700, .output_dim = 12, .rows_drawn = drawn, .precision = precision});
      const Tensor rows = table.weights();
      const std::vector<float> numbers(rows.data<float>().begin(), rows.data<float>().end());
      const auto queries = normal(6 * 12, 6);
      for (const Similarity similarity : kAll) {
        expect_same(Neighbors(table, {.similarity = similarity}).search(queries, 20),
                    reference(numbers, 12, queries, similarity, 20));
      }
    }
  }
  for (const char* mode : {"int8", "int4"}) {
    const auto layer = std::make_shared<layers::Embedding>(
        layers::EmbeddingOptions{.input_dim = 700, .output_dim = 12});
    layer->build({kNone});
    layer->quantize(QuantizationConfig::of(mode));
    const Tensor rows = layer->embeddings();
    const std::vector<float> numbers(rows.data<float>().begin(), rows.data<float>().end());
    const auto queries = normal(2 * 12, 7);
    for (const Similarity similarity : kAll) {
      expect_same(Neighbors(layer, {.similarity = similarity}).search(queries, 20),
                  reference(numbers, 12, queries, similarity, 20));
    }
  }
}

TEST(Neighbors, RowsThatAreNotNumbersComeLast) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::vector<float> rows = {kNoNumber, 1, 1, 1, kInfinity, 1, 0, 0, -1, 0, 1e38F, 1e38F};
  for (const std::int64_t count : {1, 6}) {
    std::vector<float> queries;
    for (std::int64_t q = 0; q < count; ++q) queries.insert(queries.end(), {2, 1});
    const FoundNeighbors found =
        Neighbors(Tensor::from(rows, {6, 2}), {.similarity = Similarity::kDot}).search(queries, 6);
    EXPECT_EQ(std::vector<std::int64_t>(found.ids.begin(), found.ids.begin() + 6),
              (std::vector<std::int64_t>{4 - 2, 5, 1, 3, 4, 0}));
    EXPECT_TRUE(std::isnan(found.scores[5]));
    const FoundNeighbors cosines = Neighbors(Tensor::from(rows, {6, 2})).search(queries, 6);
    EXPECT_EQ(std::vector<std::int64_t>(cosines.ids.begin(), cosines.ids.begin() + 6),
              (std::vector<std::int64_t>{1, 5, 3, 4, 0, 2}));
  }
}

TEST(Neighbors, OfWords) {
  const Neighbors neighbors(Tensor::from(std::vector<float>{1, 0, 0, 1, 1, 1}, {3, 2}),
                            {.vocabulary = {"east", "north", "north-east"}});
  const auto near = neighbors.most_similar("east", 2);
  EXPECT_EQ(near[0].first, "north-east");
  EXPECT_FLOAT_EQ(near[0].second, std::sqrt(0.5F));
  EXPECT_EQ(near[1], (std::pair<std::string, float>{"north", 0}));
  EXPECT_EQ(refusal_of<std::out_of_range>([&] { neighbors.most_similar("west"); }),
            "[Neighbors] the vocabulary has no word 'west'.");
}

TEST(Neighbors, RefuseWhatTheyCannotSearch) {
  const Tensor rows = Tensor::from(std::vector<float>{1, 2, 3}, {1, 3});
  const Neighbors neighbors(rows);
  const auto refused = [&](auto body) { return refusal_of<std::invalid_argument>(body); };
  const std::vector<float> good = {1, 2, 3}, bad = {1, kNoNumber, 3}, narrow = {1, 2};
  EXPECT_EQ(refused([&] { neighbors.search(good, 2); }),
            "[Neighbors] k must be from 1 to 1, the number of rows. Received: 2");
  EXPECT_NE(refused([&] { neighbors.search(good, 0); }), "no error");
  EXPECT_NE(refused([&] { neighbors.search(good, -1); }), "no error");
  EXPECT_EQ(
      refused([&] { neighbors.search_ids(std::vector<std::int32_t>{0}, 1); }),
      "[Neighbors] k must be from 1 to 0, the number of rows without the one itself. Received: 1");
  EXPECT_EQ(refused([&] { neighbors.search(bad, 1); }),
            "[Neighbors] vectors must be finite. Received: nan in vector 0 at column 1");
  EXPECT_NE(refused([&] { neighbors.search(narrow, 1); }), "no error");
  EXPECT_NE(refused([&] { neighbors.most_similar("a", 1); }), "no error");
  EXPECT_NE(refused([&] { Neighbors{Tensor()}; }), "no error");
  EXPECT_NE(refused([&] { Neighbors(Tensor::zeros({2, 2}, DType::kInt32)); }), "no error");
  EXPECT_NE(refused([&] { Neighbors(Tensor::zeros({0, 2})); }), "no error");
  EXPECT_NE(refused([&] { Neighbors{std::shared_ptr<layers::Embedding>()}; }), "no error");
  EXPECT_NE(refused([&] { Neighbors(rows, {.vocabulary = {"a", "b"}}); }), "no error");
  EXPECT_NE(refused([&] {
              Neighbors(Tensor::zeros({2, 2}), {.vocabulary = {"a", "a"}});
            }),
            "no error");
  EXPECT_NE(
      refusal_of<std::out_of_range>([&] { neighbors.search_ids(std::vector<std::int64_t>{1}, 1); }),
      "no error");
  EXPECT_TRUE(neighbors.search({}, 1).ids.empty());
  EXPECT_TRUE(neighbors.search_ids(std::vector<std::int64_t>{}, 1, true).ids.empty());
}

}  // namespace
}  // namespace keratin::embedding
