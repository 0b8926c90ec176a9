// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/embedding.h"

#include <cmath>
#include <stdexcept>
#include <string>

#include "support/error_message.h"
#include <gtest/gtest.h>

namespace keratin::layers {
namespace {

using ::keratin::testing::message;

TEST(Embedding, RefusesDimensionsThatMakeNoTable) {
  EXPECT_EQ(message([] { Embedding({.input_dim = -3, .output_dim = 4}); }),
            "[Embedding] input_dim must be positive. Received: -3");
  EXPECT_EQ(message([] { Embedding({.input_dim = 3}); }),
            "[Embedding] output_dim must be positive. Received: 0");
  EXPECT_NE(message([] {
              Embedding({.input_dim = std::int64_t{1} << 40, .output_dim = 1 << 24});
            }).find("2^63"),
            std::string::npos);
  EXPECT_THROW(Embedding({.input_dim = 3, .output_dim = 2, .input_length = 0}),
               std::invalid_argument);
  EXPECT_NE(message([] {
              Embedding({.input_dim = 3, .output_dim = 2, .embeddings_initializer = "unifrom"});
            }).find("Did you mean 'uniform'?"),
            std::string::npos);
}

TEST(Embedding, InputLengthFixesTheShape) {
  Embedding one({.input_dim = 10, .output_dim = 4, .input_length = 5});
  EXPECT_EQ(one.compute_output_shape({kNone, 5}), (Shape{kNone, 5, 4}));
  EXPECT_EQ(one.compute_output_shape({kNone, kNone}), (Shape{kNone, 5, 4}));
  EXPECT_THROW(one(Tensor::zeros({2, 6}, DType::kInt32)), std::invalid_argument);
  EXPECT_THROW(one(Tensor::zeros({2}, DType::kInt32)), std::invalid_argument);
  Embedding two({.input_dim = 10, .output_dim = 4, .input_length = {3, kNone}});
  EXPECT_EQ(two(Tensor::zeros({2, 3, 7}, DType::kInt32)).shape(), (Shape{2, 3, 7, 4}));
  EXPECT_THROW(two(Tensor::zeros({2, 4, 7}, DType::kInt32)), std::invalid_argument);
}

TEST(Embedding, WeightsAreTheFirstValues) {
  const Tensor table = Tensor::from(std::vector<float>{1, 2, 3, 4, 5, 6}, {3, 2});
  Embedding layer({.input_dim = 3, .output_dim = 2, .weights = table});
  const Tensor y = layer(Tensor::from(std::vector<std::int32_t>{2, 0}, {1, 2}));
  EXPECT_EQ(std::vector<float>(y.data<float>().begin(), y.data<float>().end()),
            (std::vector<float>{5, 6, 1, 2}));
  EXPECT_THROW(Embedding({.input_dim = 2, .output_dim = 2, .weights = table}),
               std::invalid_argument);
  const std::vector<Tensor> wrong = {Tensor::zeros({3, 3})};
  EXPECT_THROW(layer.set_weights(wrong), std::invalid_argument);
  EXPECT_EQ(layer.embeddings().data<float>()[5], 6.0F);
}

TEST(Embedding, BadIdsNameLayerPositionValueAndRange) {
  Embedding layer({.input_dim = 1000, .output_dim = 2, .name = "words"});
  Tensor ids = Tensor::zeros({2, 3}, DType::kInt32);
  ids.data<std::int32_t>()[5] = 1005;
  EXPECT_EQ(message([&] { layer(ids); }),
            "[Embedding] layer 'words': id 1005 at position (1, 2) is outside [0, 1000).");
  EXPECT_THROW(layer(Tensor::from(std::vector<float>{0.5F})), std::invalid_argument);
  EXPECT_THROW(layer(Tensor::from(std::vector<float>{NAN})), std::invalid_argument);
  // Keras: float32 ids are cast in silence; ours are taken when they are exactly integers.
  EXPECT_EQ(layer(Tensor::from(std::vector<float>{999})).shape(), (Shape{1, 2}));
}

TEST(Embedding, NoIdsGiveNoVectors) {
  Embedding layer({.input_dim = 3, .output_dim = 2});
  EXPECT_EQ(layer(Tensor::zeros({0, 5}, DType::kInt64)).shape(), (Shape{0, 5, 2}));
}

// More than 2^31 elements. Zeros are fresh pages: only those that are touched take memory.
TEST(Embedding, TablesAboveTwoToThe31Elements) {
  constexpr std::int64_t kWidth = 1 << 16;
  constexpr std::int64_t kRows = (std::int64_t{1} << 15) + 3;
  static_assert(kRows * kWidth > (std::int64_t{1} << 31));
  Embedding layer({.input_dim = kRows,
                   .output_dim = kWidth,
                   .embeddings_initializer = "zeros",
                   .rows_drawn = RowsDrawn::kAtOnce});
  layer.build({kNone, kNone});
  const std::vector<std::int64_t> rows = {0, kRows / 2, kRows - 1};
  Tensor table = layer.embeddings();  // shares the layer's memory
  for (const std::int64_t row : rows) {
    const auto at = static_cast<std::size_t>(row * kWidth);
    table.data<float>()[at] = static_cast<float>(row + 1);
    table.data<float>()[at + kWidth - 1] = static_cast<float>(row + 2);
  }
  const Tensor ids = Tensor::from(rows, {1, 3});
  Pass pass(true, std::make_shared<Tape>());
  const Value output = layer.run(ids, pass);
  const Tensor& y = output.tensor();
  Tensor gradient = Tensor::zeros(y.shape());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(y.data<float>()[i * kWidth], static_cast<float>(rows[i] + 1));
    EXPECT_EQ(y.data<float>()[(i + 1) * kWidth - 1], static_cast<float>(rows[i] + 2));
    gradient.data<float>()[(i + 1) * kWidth - 1] = static_cast<float>(i + 1);
  }
  Gradients gradients;
  pass.tape->slopes(output, gradient, {}, &gradients);
  const SparseRows& sum = gradients.find(*layer.weights()[0])->rows;
  EXPECT_EQ(sum.ids, rows);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(sum.values.data<float>()[(i + 1) * kWidth - 1], static_cast<float>(i + 1));
  }
}

}  // namespace
}  // namespace keratin::layers
