// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "keratin/embedding/embedding_table.h"
#include "keratin/initializers/initializers.h"

/// A small EmbeddingTable, and how its rows are read.
namespace keratin::embedding {

constexpr std::int64_t kRows = 50, kWidth = 5;
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

inline EmbeddingTableOptions small(Precision precision = Precision::kFloat32) {
  return {.input_dim = kRows,
          .output_dim = kWidth,
          .embeddings_initializer = initializers::RandomUniform({.seed = 7}),
          .precision = precision};
}

inline std::vector<float> numbers(std::size_t count, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> draw(-1, 1);
  std::vector<float> result(count);
  for (float& x : result) x = draw(random);
  return result;
}

inline std::vector<float> all_of(const EmbeddingTable& table) {
  const Tensor weights = table.weights();
  const auto values = weights.data<float>();
  return {values.begin(), values.end()};
}

inline std::vector<float> rows(const EmbeddingTable& table, const Ids& ids) {
  std::vector<float> out(static_cast<std::size_t>(ids.size() * table.output_dim()));
  table.lookup(ids, out);
  return out;
}

}  // namespace keratin::embedding
