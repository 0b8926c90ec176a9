// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/unique_rows.h"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace keratin::table {
namespace {

TEST(UniqueRows, NothingButPadding) {
  const std::vector<std::int32_t> ids(3, 0);
  const UniqueRows unique = unique_rows(ids.data(), 3, 1000);
  EXPECT_EQ(unique.ids, (std::vector<std::int64_t>{0}));
  EXPECT_EQ(unique.first, (std::vector<std::int64_t>{0, 3}));
  EXPECT_EQ(unique.positions, (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_EQ(unique.inverse, (std::vector<std::int64_t>{0, 0, 0}));
}

TEST(UniqueRows, GroupsPositionsById) {
  const std::vector<std::int64_t> ids = {7, 2, 7, 0, 2, 7};
  const UniqueRows unique = unique_rows(ids.data(), 6, 8);
  EXPECT_EQ(unique.ids, (std::vector<std::int64_t>{0, 2, 7}));
  EXPECT_EQ(unique.first, (std::vector<std::int64_t>{0, 1, 3, 6}));
  EXPECT_EQ(unique.positions, (std::vector<std::int64_t>{3, 1, 4, 0, 2, 5}));
  EXPECT_EQ(unique.inverse, (std::vector<std::int64_t>{2, 1, 2, 0, 1, 2}));
}

/// Against a map, for lists and tables of every size: digits of 8 and 11 bits, keys of 64 and of
/// more.
TEST(UniqueRows, AgreesWithAMap) {
  std::mt19937_64 engine(3);
  for (const std::int64_t rows :
       {std::int64_t{1}, std::int64_t{2}, std::int64_t{255}, std::int64_t{65536},
        std::int64_t{10'000'000}, std::int64_t{1} << 40, INT64_MAX}) {
    for (const std::int64_t count : {0, 1, 2, 3, 320, 4095, 4096, 20000}) {
      std::vector<std::int64_t> ids(static_cast<std::size_t>(count));
      std::map<std::int64_t, std::vector<std::int64_t>> wanted;
      const std::uint64_t padding = engine() % 4;  // quarters of the batch
      for (std::size_t i = 0; i < ids.size(); ++i) {
        const bool again = i > 0 && engine() % 2 == 0;
        ids[i] = again ? ids[engine() % i]
                       : static_cast<std::int64_t>(engine() % static_cast<std::uint64_t>(rows));
        if (engine() % 4 < padding) ids[i] = 0;
        wanted[ids[i]].push_back(static_cast<std::int64_t>(i));
      }
      const UniqueRows unique = unique_rows(ids.data(), count, rows);
      ASSERT_EQ(unique.ids.size(), wanted.size());
      ASSERT_EQ(unique.first.size(), wanted.size() + 1);
      std::size_t row = 0;
      for (const auto& [id, positions] : wanted) {
        ASSERT_EQ(unique.ids[row], id);
        const auto* begin = unique.positions.data() + unique.first[row];
        ASSERT_EQ(std::vector<std::int64_t>(begin, unique.positions.data() + unique.first[row + 1]),
                  positions);
        for (const auto at : positions)
          ASSERT_EQ(unique.inverse[static_cast<std::size_t>(at)], static_cast<std::int64_t>(row));
        ++row;
      }
      if (rows <= INT32_MAX) {
        const std::vector<std::int32_t> narrow(ids.begin(), ids.end());
        ASSERT_EQ(unique_rows(narrow.data(), count, rows).positions, unique.positions);
      }
    }
  }
}

}  // namespace
}  // namespace keratin::table
