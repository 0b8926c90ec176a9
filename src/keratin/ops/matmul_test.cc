// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/matmul.h"

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/graph/tape.h"
#include "keratin/ops/products.h"
#include "keratin/ops/shapes.h"

namespace keratin::ops {
namespace {

/// Small whole numbers: their products and sums are exact, in whatever order.
template <class T>
Tensor whole(const Shape& shape, int seed) {
  std::vector<T> numbers(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = static_cast<T>((static_cast<int>(i) * 7 + seed) % 11 - 5);
  return Tensor::from<T>(numbers, shape);
}

std::vector<float> elements_of(const Tensor& x) {
  const auto data = x.data<float>();
  return {data.begin(), data.end()};
}

/// One matrix, stacks of equal length, and stacks that broadcast on either side.
const std::vector<std::pair<Shape, Shape>> kShapes = {
    {{2, 3}, {4, 3}},          {{5, 2, 3}, {4, 3}}, {{2, 3}, {5, 4, 3}}, {{5, 2, 3}, {5, 4, 3}},
    {{5, 1, 2, 3}, {6, 4, 3}}, {{0, 3}, {4, 3}},    {{2, 0}, {4, 0}},    {{3}, {4, 3}},
};

TEST(MatmulTransposed, IsTheProductByTheTransposed) {
  for (const auto& [a, b] : kShapes) {
    for (const bool is_float : {true, false}) {
      const Tensor x = is_float ? whole<float>(a, 1) : whole<std::int32_t>(a, 1);
      const Tensor y = is_float ? whole<float>(b, 2) : whole<std::int32_t>(b, 2);
      const Tensor product = matmul_transposed(x, y).tensor();
      const Tensor expected = matmul(x, swapaxes(y, -1, -2)).tensor();
      EXPECT_EQ(product.shape(), expected.shape());
      EXPECT_EQ(product.dtype(), expected.dtype());
      EXPECT_TRUE(product.dtype() == DType::kFloat32
                      ? elements_of(product) == elements_of(expected)
                      : std::equal(product.data<std::int32_t>().begin(),
                                   product.data<std::int32_t>().end(),
                                   expected.data<std::int32_t>().begin()))
          << to_string(a) << to_string(b);
    }
  }
}

TEST(MatmulTransposed, HasItsDerivatives) {
  for (const auto& [a, b] : kShapes) {
    const auto slopes = [&, a = a, b = b](auto product) {
      const auto tape = std::make_shared<Tape>();
      const Value x = tape->watch(whole<float>(a, 1)), y = tape->watch(whole<float>(b, 2));
      const Value z = product(x, y);
      return tape->slopes(z, whole<float>(z.shape(), 3), std::vector<Value>{x, y});
    };
    const auto found =
        slopes([](const Value& x, const Value& y) { return matmul_transposed(x, y); });
    const auto expected =
        slopes([](const Value& x, const Value& y) { return matmul(x, swapaxes(y, -1, -2)); });
    for (std::size_t i = 0; i < 2; ++i)
      EXPECT_EQ(elements_of(found[i]), elements_of(expected[i]))
          << to_string(a) << to_string(b) << i;
  }
}

// Einstein's sum takes what lies that way as it lies.
TEST(MatmulTransposed, EinsumIsTheSameWhicheverWayItsValuesLie) {
  const Tensor x = whole<float>({2, 3, 4}, 1), y = whole<float>({2, 5, 4}, 2);
  const Tensor turned = swapaxes(y, -1, -2).tensor();
  EXPECT_EQ(elements_of(einsum("bik,bjk->bij", {x, y}).tensor()),
            elements_of(einsum("bik,bkj->bij", {x, turned}).tensor()));
  EXPECT_EQ(elements_of(einsum("bik,bjk->bji", {x, y}).tensor()),
            elements_of(einsum("bik,bkj->bji", {x, turned}).tensor()));
}

TEST(MatmulTransposed, RefusesShapesThatDoNotFit) {
  EXPECT_THROW(matmul_transposed(whole<float>({2, 3}, 1), whole<float>({3, 4}, 1)),
               std::invalid_argument);
}

}  // namespace
}  // namespace keratin::ops
