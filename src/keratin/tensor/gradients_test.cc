// SPDX-License-Identifier: Apache-2.0
#include "keratin/tensor/gradients.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <deque>
#include <numeric>
#include <stdexcept>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/tensor/tensor_access.h"

namespace keratin {
namespace {

using Floats = std::vector<float>;

Floats floats(const Tensor& tensor) {
  const auto values = tensor.data<float>();
  return {values.begin(), values.end()};
}

class GradientsTest : public ::testing::Test {
 protected:
  Variable table{"embedding/embeddings", Tensor::zeros({4, 2})};
  Variable bias{"dense/bias", Tensor::zeros({2})};
  Gradients gradients;

  const Gradients::Entry& of(const Variable& variable) { return *gradients.find(variable); }
};

TEST_F(GradientsTest, TheFirstIsTakenOverAndTheNextAdded) {
  EXPECT_EQ(gradients.find(bias), nullptr);
  const Tensor first = Tensor::from(Floats{1, 2});
  gradients.add(bias, first);
  EXPECT_EQ(TensorAccess::raw(of(bias).dense), TensorAccess::raw(first));
  gradients.add(bias, Tensor::from(Floats{10, 20}));
  gradients.add(bias, Tensor::from(Floats{100, 200}));
  EXPECT_EQ(floats(of(bias).dense), (Floats{111, 222}));
  EXPECT_EQ(floats(first), (Floats{1, 2}));  // the caller's stays as it is
  EXPECT_EQ(gradients.entries().size(), 1u);
}

/// Processor seconds of the gradients of so many weights, each added to and looked for.
double seconds_of(int weights) {
  std::deque<Variable> all;
  for (int i = 0; i < weights; ++i) all.emplace_back("w", Tensor::zeros({1}));
  const Tensor one = Tensor::from(Floats{1});
  Gradients gradients;
  const std::clock_t began = std::clock();
  for (int round = 0; round < 2; ++round) {
    for (const Variable& variable : all) gradients.add(variable, one);
  }
  int found = 0;
  for (const Variable& variable : all) {
    const auto* const entry = gradients.find(variable);
    found += entry != nullptr && entry->variable == &variable && floats(entry->dense)[0] == 2.0F;
  }
  const std::clock_t ended = std::clock();
  EXPECT_EQ(found, weights);
  EXPECT_EQ(gradients.entries().size(), static_cast<std::size_t>(weights));
  return static_cast<double>(ended - began) / CLOCKS_PER_SEC;
}

/// Processor seconds of one look for each of so many pointers through a list of them.
double seconds_of_looking_through(int count) {
  std::vector<const int*> all;
  const std::vector<int> objects(static_cast<std::size_t>(count));
  for (const int& object : objects) all.push_back(&object);
  std::ptrdiff_t sum = 0;
  const std::clock_t began = std::clock();
  for (const int& object : objects) sum += std::find(all.begin(), all.end(), &object) - all.begin();
  const std::clock_t ended = std::clock();
  EXPECT_EQ(sum, std::ptrdiff_t{count} * (count - 1) / 2);
  return static_cast<double>(ended - began) / CLOCKS_PER_SEC;
}

/// A model may have thousands of weights: to look through the list for each, three times here,
/// would take six times as long as is asked for, and as measured it takes a tenth of that.
TEST_F(GradientsTest, ManyWeightsAreNotLookedThrough) {
  constexpr int kWeights = 20000;
  double taken = 1e9;
  for (int round = 0; round < 3; ++round) taken = std::min(taken, seconds_of(kWeights));
  EXPECT_LT(taken, seconds_of_looking_through(kWeights) / 2);
}

TEST_F(GradientsTest, RowsOnRowsStayRows) {
  gradients.add(table, SparseRows{{1, 3}, Tensor::from(Floats{1, 1, 3, 3}, {2, 2})});
  gradients.add(table, SparseRows{{0, 3}, Tensor::from(Floats{5, 5, 4, 4}, {2, 2})});
  EXPECT_FALSE(of(table).dense);
  EXPECT_EQ(of(table).rows.ids, (std::vector<std::int64_t>{0, 1, 3}));
  EXPECT_EQ(floats(of(table).rows.values), (Floats{5, 5, 1, 1, 7, 7}));
}

/// Tied weights: whichever comes first, and the caller's tensors stay as they are.
TEST_F(GradientsTest, RowsAndDenseAreDense) {
  const Tensor dense = Tensor::from(Floats{1, 2, 3, 4, 5, 6, 7, 8}, {4, 2});
  const SparseRows rows{{1, 3}, Tensor::from(Floats{10, 20, 30, 40}, {2, 2})};
  for (const bool rows_first : {true, false}) {
    gradients.clear();
    if (rows_first) gradients.add(table, rows);
    gradients.add(table, dense);
    if (!rows_first) gradients.add(table, rows);
    EXPECT_EQ(floats(of(table).dense), (Floats{1, 2, 13, 24, 5, 6, 37, 48}));
    EXPECT_FALSE(of(table).rows.values);
    EXPECT_TRUE(of(table).rows.ids.empty());
    gradients.add(table, rows);
    EXPECT_EQ(floats(of(table).dense), (Floats{1, 2, 23, 44, 5, 6, 67, 88}));
  }
  EXPECT_EQ(floats(dense), (Floats{1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(floats(rows.values), (Floats{10, 20, 30, 40}));
}

TEST_F(GradientsTest, NaNAndNoRowsAreGradientsToo) {
  gradients.add(table, SparseRows{{}, Tensor::zeros({0, 2})});
  ASSERT_NE(gradients.find(table), nullptr);
  gradients.add(table, SparseRows{{2}, Tensor::from(Floats{NAN, 1}, {1, 2})});
  EXPECT_TRUE(std::isnan(of(table).rows.values.data<float>()[0]));
  Variable empty("empty", Tensor::zeros({0, 3}));
  gradients.add(empty, Tensor::zeros({0, 3}));
  gradients.add(empty, SparseRows{{}, Tensor::zeros({0, 3})});
  EXPECT_EQ(of(empty).dense.shape(), (Shape{0, 3}));
}

TEST_F(GradientsTest, WhatDoesNotFitIsAnErrorAndAddsNothing) {
  const auto refused = [&] {
    EXPECT_THROW(gradients.add(bias, Tensor()), std::invalid_argument);
    EXPECT_THROW(gradients.add(bias, Tensor::zeros({3})), std::invalid_argument);
    EXPECT_THROW(gradients.add(bias, Tensor::zeros({2}, DType::kInt32)), std::invalid_argument);
    EXPECT_THROW(gradients.add(bias, SparseRows{{0}, Tensor::zeros({1})}), std::invalid_argument);
    const auto rows = [&](std::vector<std::int64_t> ids, const Tensor& values) {
      gradients.add(table, SparseRows{std::move(ids), values});
    };
    EXPECT_THROW(rows({0}, Tensor()), std::invalid_argument);
    EXPECT_THROW(rows({0}, Tensor::zeros({1, 3})), std::invalid_argument);
    EXPECT_THROW(rows({0}, Tensor::zeros({2, 2})), std::invalid_argument);
    EXPECT_THROW(rows({0}, Tensor::zeros({1, 2}, DType::kFloat64)), std::invalid_argument);
    EXPECT_THROW(rows({1, 1}, Tensor::zeros({2, 2})), std::invalid_argument);
    EXPECT_THROW(rows({2, 1}, Tensor::zeros({2, 2})), std::invalid_argument);
    EXPECT_THROW(rows({-1, 1}, Tensor::zeros({2, 2})), std::out_of_range);
    EXPECT_THROW(rows({1, 4}, Tensor::zeros({2, 2})), std::out_of_range);
  };
  refused();
  EXPECT_TRUE(gradients.entries().empty());
  gradients.add(bias, Tensor::from(Floats{1, 2}));
  gradients.add(table, SparseRows{{1}, Tensor::from(Floats{1, 2}, {1, 2})});
  refused();
  EXPECT_EQ(floats(of(bias).dense), (Floats{1, 2}));
  EXPECT_EQ(floats(of(table).rows.values), (Floats{1, 2}));
  gradients.add(table, Tensor::zeros({4, 2}));
  refused();
  EXPECT_EQ(floats(of(table).dense), (Floats{0, 0, 1, 2, 0, 0, 0, 0}));
}

/// Ids that are shared out among threads: the one that is wrong is seen, wherever it is.
TEST_F(GradientsTest, OneWrongRowAmongManyIsSeen) {
  constexpr std::int64_t kRows = 100'000;
  const Variable large("large", Tensor::zeros({kRows, 1}));
  for (const std::size_t wrong : {std::size_t{1}, std::size_t{32'768}, std::size_t{99'998}}) {
    SparseRows rows{.ids = std::vector<std::int64_t>(kRows), .values = Tensor::zeros({kRows, 1})};
    std::iota(rows.ids.begin(), rows.ids.end(), 0);
    rows.ids[wrong] = rows.ids[wrong - 1];
    EXPECT_THROW(gradients.add(large, rows), std::invalid_argument) << wrong;
  }
}

}  // namespace
}  // namespace keratin
