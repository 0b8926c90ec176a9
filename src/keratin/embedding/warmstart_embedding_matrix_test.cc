// SPDX-License-Identifier: Apache-2.0
#include "keratin/embedding/warmstart_embedding_matrix.h"

#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/initializers/initializers.h"

namespace keratin::embedding {
namespace {

using Words = std::vector<std::string_view>;

std::vector<float> values(const Tensor& tensor) {
  return {tensor.data<float>().begin(), tensor.data<float>().end()};
}

TEST(WarmstartEmbeddingMatrix, TakesTheRowsOfKeysThatAreKnown) {
  const Tensor base = Tensor::from(std::vector<float>{1, 2, 3, 4, 5, 6}, {3, 2});
  EXPECT_EQ(values(warmstart_embedding_matrix(Words{"a", "b", "b"}, Words{"c", "b", "b", "a"}, base,
                                              initializers::Constant({.value = 9}))),
            (std::vector<float>{9, 9, 5, 6, 5, 6, 1, 2}));
  const std::vector<std::int64_t> old = {7, 8, 9}, now = {9, -1};
  EXPECT_EQ(values(warmstart_embedding_matrix(old, now, base, "zeros")),
            (std::vector<float>{5, 6, 0, 0}));
}

TEST(WarmstartEmbeddingMatrix, RefusesWhatDoesNotFit) {
  const Tensor base = Tensor::zeros({2, 2});
  const std::vector<std::int64_t> numbers = {1, 2};
  const Words words = {"a", "b"}, none;
  EXPECT_THROW(warmstart_embedding_matrix(words, none, base), std::invalid_argument);
  EXPECT_THROW(warmstart_embedding_matrix(none, words, base), std::invalid_argument);
  EXPECT_THROW(warmstart_embedding_matrix(words, numbers, base), std::invalid_argument);
  EXPECT_THROW(warmstart_embedding_matrix(words, words, Tensor()), std::invalid_argument);
  EXPECT_THROW(warmstart_embedding_matrix(Words{"a"}, words, base), std::invalid_argument);
}

}  // namespace
}  // namespace keratin::embedding
