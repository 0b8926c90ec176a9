// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/operators.h"

#include <limits>
#include <memory>
#include <stdexcept>
#include <vector>

#include "support/small_operations.h"
#include <gtest/gtest.h>

#include "keratin/graph/function.h"
#include "keratin/graph/tape.h"
#include "keratin/ops/ops.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin {
namespace {

std::vector<float> floats(const Value& x) {
  const auto data = x.tensor().data<float>();
  return {data.begin(), data.end()};
}
Value vector(std::vector<float> values) { return Tensor::from(values); }

TEST(Operators, AreTheOpsOfTheirNames) {
  const Value a = vector({1, 2, 4});
  const Value b = vector({3, 5, 8});
  EXPECT_EQ(floats(a + b), (std::vector<float>{4, 7, 12}));
  EXPECT_EQ(floats(a - b), (std::vector<float>{-2, -3, -4}));
  EXPECT_EQ(floats(a * b), (std::vector<float>{3, 10, 32}));
  EXPECT_EQ(floats(b / a), (std::vector<float>{3, 2.5, 2}));
  EXPECT_EQ(floats(-a), (std::vector<float>{-1, -2, -4}));
}

TEST(Operators, TakeNumbersOnBothSides) {
  const Value a = vector({1, 2, 4});
  EXPECT_EQ(floats(a + 1), (std::vector<float>{2, 3, 5}));
  EXPECT_EQ(floats(1 - a), (std::vector<float>{0, -1, -3}));
  EXPECT_EQ(floats(a - 0.5), (std::vector<float>{0.5, 1.5, 3.5}));
  EXPECT_EQ(floats(2 * a), (std::vector<float>{2, 4, 8}));
  EXPECT_EQ(floats(8 / a), (std::vector<float>{8, 4, 2}));
}

// Keras: a whole number leaves an integer type alone, another makes it float32.
TEST(Operators, NumbersBesideIntegers) {
  const Value ids = Tensor::from<std::int32_t>({1, 2});
  EXPECT_EQ((ids + 1).dtype(), DType::kInt32);
  EXPECT_EQ((ids * 2).dtype(), DType::kInt32);
  EXPECT_EQ((ids + 0.5).dtype(), DType::kFloat32);
  EXPECT_EQ((ids / 2).dtype(), DType::kFloat32);
  EXPECT_EQ((Value(Tensor::from<bool>({true})) + 1).dtype(), DType::kInt32);
}

TEST(Operators, AreDifferentiated) {
  const auto tape = std::make_shared<Tape>();
  const Value g = tape->watch(Tensor::from<float>({0.25F, 0.5F}));
  const Value x = tape->watch(Tensor::from<float>({2, 4}));
  const Value y = vector({3, 5});
  const Value mixed = g * x + (1 - g) * y;
  const auto slopes = tape->slopes(mixed, {}, std::vector<Value>{g, x});
  EXPECT_EQ(floats(slopes[0]), (std::vector<float>{-1, -1}));
  EXPECT_EQ(floats(slopes[1]), (std::vector<float>{0.25F, 0.5F}));
}

}  // namespace

namespace ops {
namespace {

// What no file names: constants, and what is made of other ops.
TEST(Making, ConstantsFromNumbers) {
  EXPECT_EQ(floats(linspace(0, 1, 5)), (std::vector<float>{0, 0.25F, 0.5F, 0.75F, 1}));
  EXPECT_EQ(floats(linspace(0, 1, 4, false)), (std::vector<float>{0, 0.25F, 0.5F, 0.75F}));
  EXPECT_EQ(floats(eye(2, 3, 1)), (std::vector<float>{0, 1, 0, 0, 0, 1}));
  EXPECT_EQ(floats(eye(2, {}, -1)), (std::vector<float>{0, 0, 1, 0}));
  EXPECT_EQ(floats(eye(2, {}, std::numeric_limits<std::int64_t>::min())),
            (std::vector<float>(4, 0)));
  EXPECT_EQ(floats(arange(1, 2, 0.5, DType::kFloat32)), (std::vector<float>{1, 1.5F}));
  EXPECT_EQ(arange(3).tensor().data<std::int32_t>()[2], 2);
  EXPECT_EQ(arange(3, 3).shape(), Shape{0});
  EXPECT_EQ(floats(full({2}, 7)), (std::vector<float>{7, 7}));
  EXPECT_THROW(arange(0, 1, 0), std::invalid_argument);
  EXPECT_THROW(arange(0, 300, 1, DType::kUint8), std::invalid_argument);
  EXPECT_THROW(full({2}, 1e30, DType::kInt64), std::invalid_argument);
  EXPECT_THROW(zeros({kNone}), std::invalid_argument);
}

TEST(Shapes, Meshgrid) {
  const Values grids = meshgrid({vector({1, 2, 3}), vector({4, 5})});
  EXPECT_EQ(grids[0].shape(), (Shape{2, 3}));
  EXPECT_EQ(floats(grids[0]), (std::vector<float>{1, 2, 3, 1, 2, 3}));
  EXPECT_EQ(floats(grids[1]), (std::vector<float>{4, 4, 4, 5, 5, 5}));
  EXPECT_EQ(meshgrid({vector({1, 2, 3}), vector({4, 5})}, "ij")[0].shape(), (Shape{3, 2}));
  EXPECT_EQ(broadcast_to(full({}, 2), {1, 3}).shape(), (Shape{1, 3}));
  EXPECT_THROW(meshgrid(vector({1}), "yx"), std::invalid_argument);
}

TEST(Shapes, MeshgridOfSizesThatOnlyARunKnows) {
  const Value given = graph_test::entry("given", {kNone});
  const Function grids(Values{given}, meshgrid({given, vector({4, 5})}));
  Pass pass;
  const Values found = grids(Values{vector({1, 2, 3})}, pass);
  EXPECT_EQ(found[0].shape(), (Shape{2, 3}));
  EXPECT_EQ(floats(found[0]), (std::vector<float>{1, 2, 3, 1, 2, 3}));
  EXPECT_EQ(floats(found[1]), (std::vector<float>{4, 4, 4, 5, 5, 5}));
}

TEST(Sorting, Nonzero) {
  const Value x = Tensor::from<float>({0, 1, 0, 2, 3, 0}, {2, 3});
  const Values places = nonzero(x);
  ASSERT_EQ(places.size(), 2U);
  const auto rows = places[0].tensor().data<std::int32_t>();
  const auto columns = places[1].tensor().data<std::int32_t>();
  EXPECT_EQ(std::vector<int>(rows.begin(), rows.end()), (std::vector<int>{0, 1, 1}));
  EXPECT_EQ(std::vector<int>(columns.begin(), columns.end()), (std::vector<int>{1, 0, 1}));
  EXPECT_EQ(nonzero(zeros({0, 3}))[1].shape(), Shape{0});
}

// Every index and option that comes from outside is looked at before anything is done.
TEST(Places, OutsideIsRefused) {
  const Value x = zeros({3, 2});
  const Value bad = Tensor::from<std::int32_t>({0, 3});
  EXPECT_THROW(take(x, bad, 0), std::out_of_range);
  EXPECT_THROW(take(x, Tensor::from<std::int32_t>({-4}), 0), std::out_of_range);
  EXPECT_THROW(take(x, Tensor::from<float>({1, 0.5f}), 0), std::invalid_argument);
  EXPECT_EQ(take(x, Tensor::from<float>({1}), 0).shape()[0], 1);  // exactly integral
  EXPECT_THROW(take(x, bad, 2), std::invalid_argument);
  EXPECT_THROW(take(zeros({0, 2}), Tensor::from<std::int32_t>({0}), 0), std::out_of_range);
  EXPECT_THROW(take_along_axis(x, Tensor::from<std::int32_t>({2, 0}, {1, 2}), 1),
               std::out_of_range);
  EXPECT_THROW(gather(x, Tensor::from<std::int32_t>({0, 2})), std::out_of_range);
  EXPECT_THROW(scatter(Tensor::from<std::int32_t>({3}, {1, 1}), zeros({1, 2}), {3, 2}),
               std::out_of_range);
  EXPECT_THROW(scatter(Tensor::from<std::int32_t>({0}, {1, 1}), zeros({2, 2}), {3, 2}),
               std::invalid_argument);
  EXPECT_THROW(in_top_k(bad, zeros({2, 3}), 1), std::out_of_range);
  EXPECT_THROW(get_item(x, {3}), std::out_of_range);
  EXPECT_THROW(get_item(x, {0, 0, 0}), std::invalid_argument);
  EXPECT_THROW(get_item(x, {Index::slice({}, {}, 0)}), std::invalid_argument);
  EXPECT_THROW(get_item(x, {Index::ellipsis(), Index::ellipsis()}), std::invalid_argument);
  EXPECT_THROW(slice(x, {2, 0}, {2, 2}), std::invalid_argument);
  EXPECT_THROW(slice(x, {-1, 0}, {1, 1}), std::invalid_argument);
}

// The largest and smallest numbers there are, as options: no overflow decides anything.
TEST(Slices, StepsAndPlacesOfAnySize) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  const Value x = Tensor::from<float>({0, 1, 2, 3, 4});
  EXPECT_EQ(floats(get_item(x, {Index::slice({}, {}, kMost)})), std::vector<float>{0});
  EXPECT_EQ(floats(get_item(x, {Index::slice({}, {}, kLeast)})), std::vector<float>{4});
  EXPECT_EQ(floats(get_item(x, {Index::slice(kLeast, kMost)})),
            (std::vector<float>{0, 1, 2, 3, 4}));
  EXPECT_EQ(get_item(x, {Index::slice(kMost, kLeast)}).shape(), Shape{0});
  EXPECT_EQ(floats(roll(x, {kLeast})).size(), 5U);
  EXPECT_EQ(diagonal(zeros({2, 2}), kLeast).shape(), Shape{0});
  EXPECT_EQ(floats(triu(ones({2, 2}), kLeast)), (std::vector<float>(4, 1)));
  EXPECT_THROW(repeat(x, {kMost}), std::exception);
  EXPECT_THROW(pad(x, {{kMost, kMost}}), std::invalid_argument);
}

TEST(Shapes, WhatDoesNotFitIsRefused) {
  const Value x = zeros({2, 3});
  EXPECT_THROW(reshape(x, {4, -1}), std::invalid_argument);
  EXPECT_THROW(reshape(x, {-1, -1}), std::invalid_argument);
  EXPECT_THROW(reshape(x, {std::int64_t{1} << 40, std::int64_t{1} << 40}), std::invalid_argument);
  EXPECT_THROW(transpose(x, {0, 0}), std::invalid_argument);
  EXPECT_THROW(transpose(x, {0}), std::invalid_argument);
  EXPECT_THROW(squeeze(x, 0), std::invalid_argument);
  EXPECT_THROW(broadcast_to(x, {2, 4}), std::invalid_argument);
  EXPECT_THROW(sum(x, {0, -2}), std::invalid_argument);
  EXPECT_THROW(sum(x, 2), std::invalid_argument);
  EXPECT_THROW(max(zeros({0, 2}), 0), std::invalid_argument);
  EXPECT_THROW(concatenate({x, zeros({3, 3})}, 1), std::invalid_argument);
  EXPECT_THROW(split(x, 2, 1), std::invalid_argument);
  EXPECT_THROW(split(x, std::vector<std::int64_t>{2, 1}, 1), std::invalid_argument);
  EXPECT_THROW(unstack(x, 3), std::invalid_argument);
  EXPECT_THROW(top_k(x, 4), std::invalid_argument);
  EXPECT_THROW(matmul(x, x), std::invalid_argument);
  EXPECT_THROW(einsum("ij,jk->ik", {x, x}), std::invalid_argument);
  EXPECT_THROW(einsum("ij->ik", {x}), std::invalid_argument);
  EXPECT_THROW(einsum("ij->ii", {x}), std::invalid_argument);
  EXPECT_THROW(einsum("i.j->i", {x}), std::invalid_argument);
  EXPECT_THROW(einsum("ij,ij", {x}), std::invalid_argument);
  EXPECT_THROW(tensordot(x, x, 3), std::invalid_argument);
}

// A large sum is off by less than the bits of float32 say, whatever the shape: it is a tree.
TEST(Reductions, LargeSums) {
  const std::int64_t n = 3'000'000;
  const Value x = full({n}, 0.1);
  const double wanted = static_cast<double>(n) * static_cast<double>(0.1F);
  EXPECT_NEAR(floats(sum(x))[0] / wanted, 1, 1e-6);
  EXPECT_NEAR(floats(sum(reshape(x, {n / 3, 3}), 0))[1] / wanted * 3, 1, 1e-6);
}

}  // namespace
}  // namespace ops
}  // namespace keratin
