// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/shape.h"

#include <stdexcept>

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

}  // namespace
}  // namespace keratin
