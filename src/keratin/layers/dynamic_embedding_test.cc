// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/dynamic_embedding.h"

#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/layers/embedding.h"
#include "keratin/table/key_rows.h"

namespace keratin::layers {
namespace {

using Rows = std::vector<std::int64_t>;

Tensor keys(Rows numbers) {
  const auto count = static_cast<std::int64_t>(numbers.size());
  return Tensor::from(std::move(numbers), {count});
}
Rows numbers_of(const Tensor& tensor) {
  const auto values = tensor.data<std::int64_t>();
  return {values.begin(), values.end()};
}

TEST(DynamicEmbedding, ACallInTrainingInserts) {
  const DynamicEmbedding layer({.output_dim = 3});
  const Tensor before = layer(keys({5, -1}));
  EXPECT_EQ(layer.keys().size(), 0);
  const Tensor vectors = layer(keys({5, -1, 5}), {.training = true});
  EXPECT_EQ(numbers_of(layer.find(keys({5, -1, 9}))), (Rows{1, 2, 0}));
  EXPECT_EQ(numbers_of(layer.times(keys({5, -1, 9}))), (Rows{2, 1, 0}));
  EXPECT_EQ(layer.weights()[0]->shape(), (Shape{3, 3}));
  EXPECT_EQ(before.shape(), (Shape{2, 3}));
  EXPECT_EQ(vectors.shape(), (Shape{3, 3}));
}

TEST(DynamicEmbedding, APassThatIsNotCommittedHasNeverBeen) {
  const DynamicEmbedding layer({.output_dim = 3});
  layer(keys({5}), {.training = true});
  {
    Pass pass(true);
    const Values first = layer.run(Inputs(Value(keys({7, 8, 5}))), pass);
    const Values again = layer.run(Inputs(Value(keys({9, 8}))), pass);  // 8 has its row already
    EXPECT_EQ(first[0].tensor().data<float>()[3], again[0].tensor().data<float>()[3]);
    EXPECT_EQ(layer.keys().size(), 1);
  }
  EXPECT_EQ(numbers_of(layer.times(keys({5, 7, 8, 9}))), (Rows{1, 0, 0, 0}));
  EXPECT_EQ(layer.weights()[0]->shape(), (Shape{2, 3}));
}

}  // namespace
}  // namespace keratin::layers
