// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/shape.h"

#include <cstdint>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace keratin {
namespace {

TEST(Shape, PrintsAsAPythonTuple) {
  EXPECT_EQ(to_string(Shape{}), "()");
  EXPECT_EQ(to_string(Shape{3}), "(3,)");
  EXPECT_EQ(to_string(Shape{kNone, 10, 64}), "(None, 10, 64)");
}

TEST(Shape, CountsElementsIn64Bits) {
  EXPECT_EQ(Shape{}.size(), 1);
  EXPECT_EQ((Shape{3'000'000'000, 2}).size(), 6'000'000'000);
  EXPECT_EQ((Shape{0, 5}).size(), 0);
  EXPECT_THROW((Shape{std::int64_t{1} << 62, 2}).size(), std::invalid_argument);
  EXPECT_THROW((Shape{kNone, 2}).size(), std::invalid_argument);
}

TEST(Shape, NegativeAxisCountsFromTheEnd) {
  EXPECT_EQ((Shape{2, 3, 5}).dim(-1), 5);
  EXPECT_THROW((Shape{2}).dim(1), std::invalid_argument);
  EXPECT_THROW((Shape{2}).dim(-2), std::invalid_argument);
}

TEST(Shape, CompatibleWhereEqualOrUnknown) {
  EXPECT_TRUE((Shape{kNone, 10}).is_compatible_with({32, 10}));
  EXPECT_FALSE((Shape{kNone, 10}).is_compatible_with({32, 11}));
  EXPECT_FALSE((Shape{kNone, 10}).is_compatible_with({32}));
}

/// Ranks on both sides of what lies in the object itself.
TEST(Shape, AnyRankIsCopiedMovedGrownAndWrittenAlike) {
  std::vector<std::int64_t> dims;
  Shape grown;
  for (std::int64_t rank = 0; rank <= 9; ++rank) {
    const Shape shape(dims);
    EXPECT_EQ(std::vector<std::int64_t>(shape.begin(), shape.end()), dims);
    EXPECT_EQ(shape, grown);
    Shape copy = shape;
    Shape moved = std::move(copy);
    EXPECT_EQ(moved, shape);
    EXPECT_EQ(copy, Shape());  // NOLINT: a shape that was moved from has rank 0
    for (const Shape& before : {Shape{}, Shape{1}, Shape{1, 2, 3, 4, 5, 6, 7}, shape}) {
      Shape other = before;
      other = shape;
      EXPECT_EQ(other, shape);
      other = before;
      other = std::move(moved);
      EXPECT_EQ(other, shape);
      moved = other;
    }
    const Shape& itself = moved;
    moved = itself;
    EXPECT_EQ(moved, shape);
    if (rank > 0) {
      moved[static_cast<std::size_t>(rank - 1)] = 100;
      EXPECT_EQ(moved.back(), 100);
      EXPECT_EQ(shape.back(), 2 + rank);
      EXPECT_NE(moved, shape);
      EXPECT_EQ(shape.from(1).rank(), shape.rank() - 1);
      EXPECT_EQ(shape.with_batch(7)[0], 7);
    }
    dims.push_back(3 + rank);
    grown.push_back(3 + rank);
  }
}

TEST(Shape, MovesCannotFailAndNeedNoMemory) {
  static_assert(std::is_nothrow_move_constructible_v<Shape>);
  static_assert(std::is_nothrow_move_assignable_v<Shape>);
  static_assert(sizeof(Shape) <= 64);
}

}  // namespace
}  // namespace keratin
