// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/ids.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace keratin::table {
namespace {

template <class T>
std::string refusal(const std::vector<T>& values, std::int64_t rows = 10) {
  try {
    Tensor converted;
    checked_ids(Tensor::from(values), rows, {"Embedding", "words"}, converted);
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

TEST(CheckedIds, TakesInt32AndInt64AsTheyAre) {
  const Tensor narrow = Tensor::from(std::vector<std::int32_t>{0, 9});
  Tensor converted;
  EXPECT_EQ(&checked_ids(narrow, 10, {"Embedding", "words"}, converted), &narrow);
  const Tensor wide = Tensor::from(std::vector<std::int64_t>{0, 5'000'000'000});
  EXPECT_EQ(&checked_ids(wide, 5'000'000'001, {"Embedding", "words"}, converted), &wide);
  EXPECT_FALSE(converted);
}

TEST(CopiedIds, AreOfThirtyTwoBitsWhereTheTableAllows) {
  const Owner owner{"Embedding", "words"};
  constexpr std::int64_t kMost = std::int64_t{1} << 31;
  std::vector<std::int64_t> values{0, 9, 5, kMost - 1};
  const auto view = [&] { return Tensor::view(std::span<const std::int64_t>(values), {2, 2}); };
  const Tensor narrow = copied_ids(view(), kMost, owner);
  ASSERT_EQ(narrow.dtype(), DType::kInt32);
  EXPECT_EQ(narrow.shape(), (Shape{2, 2}));
  const Tensor wide = copied_ids(view(), kMost + 1, owner);
  ASSERT_EQ(wide.dtype(), DType::kInt64);
  const std::vector<std::int64_t> before = values;
  values.assign(4, 7);  // copies stay as they are
  EXPECT_TRUE(std::ranges::equal(narrow.data<std::int32_t>(), before));
  EXPECT_TRUE(std::ranges::equal(wide.data<std::int64_t>(), before));

  // What 32 bits would turn into a row is refused, as the id that was given.
  for (const std::int64_t bad :
       {std::int64_t{-1}, std::int64_t{10}, kMost, 2 * kMost, 2 * kMost + 3, -2 * kMost,
        std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    values = {1, 2, bad, 3};
    try {
      copied_ids(view(), 10, owner);
      ADD_FAILURE() << bad;
    } catch (const std::out_of_range& error) {
      const std::string text = error.what();
      EXPECT_NE(text.find("id " + std::to_string(bad) + " at position (1, 0)"), std::string::npos)
          << text;
    }
  }
  std::vector<std::int64_t> many(100'000, 4);  // in parts
  many[70'000] = 2 * kMost + 4;
  EXPECT_THROW(copied_ids(Tensor::view(std::span<const std::int64_t>(many), {100'000}), 10, owner),
               std::out_of_range);
  EXPECT_EQ(
      copied_ids(Tensor::view(std::span<const std::int64_t>(many.data(), 0), {0}), 1, owner).size(),
      0);
}

TEST(CheckedIds, NamesLayerPositionValueAndRange) {
  const Tensor ids = Tensor::from(std::vector<std::int32_t>{1, 2, 3, 4, 10, -1}, {2, 3});
  try {
    check_ids(ids, 10, {"Embedding", "words"});
    FAIL();
  } catch (const std::out_of_range& error) {
    EXPECT_STREQ(error.what(),
                 "[Embedding] layer 'words': id 10 at position (1, 1) is outside [0, 10).");
  }
  EXPECT_THROW(check_ids(Tensor::from(std::vector<std::int64_t>{-1}), 10, {"Embedding", "words"}),
               std::out_of_range);
}

/// Of a batch that is shared out, whichever thread sees it.
TEST(CheckedIds, NamesTheFirstOfMany) {
  std::vector<std::int32_t> values(200'000, 9);
  EXPECT_EQ(refusal(values), "");
  values[199'999] = 10;
  EXPECT_NE(refusal(values).find("id 10 at position (199999,)"), std::string::npos);
  values[70'000] = -3;
  EXPECT_NE(refusal(values).find("id -3 at position (70000,)"), std::string::npos);
}

/// Tables that end within what the type holds, at its end, and beyond.
template <class T>
void check_borders() {
  constexpr T least = std::numeric_limits<T>::min();
  constexpr T most = std::numeric_limits<T>::max();
  for (const std::int64_t rows : {std::int64_t{1}, std::int64_t{100}, std::int64_t{128},
                                  std::int64_t{256}, std::int64_t{70'000}, std::int64_t{1} << 40}) {
    for (const T value : {T{0}, T{1}, T{99}, T{100}, T{127}, most, static_cast<T>(most - 1), least,
                          static_cast<T>(-1)}) {
      const bool fits = std::cmp_greater_equal(value, 0) && std::cmp_less(value, rows);
      EXPECT_EQ(refusal(std::vector<T>{0, 0, 0, value, 0}, rows).empty(), fits)
          << +value << " of " << rows << " rows";
    }
  }
}

TEST(CheckedIds, EveryTypeOfIntegersAtTheBorders) {
  check_borders<std::int8_t>();
  check_borders<std::uint8_t>();
  check_borders<std::int16_t>();
  check_borders<std::uint16_t>();
  check_borders<std::int32_t>();
  check_borders<std::uint32_t>();
  check_borders<std::int64_t>();
  check_borders<std::uint64_t>();
}

TEST(CheckedIds, OtherTypesMustBeExactlyIntegral) {
  EXPECT_EQ(refusal(std::vector<float>{0, 9}), "");
  EXPECT_EQ(refusal(std::vector<bool>{false, true}), "");
  EXPECT_EQ(refusal(std::vector<std::uint64_t>{9}), "");
  EXPECT_NE(refusal(std::vector<float>{2.5F}).find("not an integer. Received: 2.5"),
            std::string::npos);
  EXPECT_NE(refusal(std::vector<double>{std::nan("")}).find("not an integer"), std::string::npos);
  EXPECT_NE(refusal(std::vector<float>{std::numeric_limits<float>::infinity()}).find("outside"),
            std::string::npos);
  EXPECT_NE(refusal(std::vector<double>{1e300}).find("outside"), std::string::npos);
  EXPECT_NE(refusal(std::vector<std::uint64_t>{std::numeric_limits<std::uint64_t>::max()})
                .find("outside"),
            std::string::npos);
  EXPECT_NE(refusal(std::vector<std::int8_t>{-1}).find("outside"), std::string::npos);
  EXPECT_NE(refusal(std::vector<bool>{true}, 1).find("outside"), std::string::npos);
}

}  // namespace
}  // namespace keratin::table
