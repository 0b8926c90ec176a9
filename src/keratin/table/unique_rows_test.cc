// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/unique_rows.h"

#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "keratin/parallel/parallel.h"

namespace keratin::table {
namespace {

using Lists = UnsetVector<std::int64_t>;

TEST(UniqueRows, NothingButPadding) {
  const std::vector<std::int32_t> ids(3, 0);
  const UniqueRows unique = unique_rows(ids.data(), 3, 1000);
  EXPECT_EQ(unique.ids, (Lists{0}));
  EXPECT_EQ(unique.first, (Lists{0, 3}));
  EXPECT_EQ(unique.positions, (Lists{0, 1, 2}));
  EXPECT_EQ(unique.inverse, (Lists{0, 0, 0}));
}

TEST(UniqueRows, GroupsPositionsById) {
  const std::vector<std::int64_t> ids = {7, 2, 7, 0, 2, 7};
  const UniqueRows unique = unique_rows(ids.data(), 6, 8);
  EXPECT_EQ(unique.ids, (Lists{0, 2, 7}));
  EXPECT_EQ(unique.first, (Lists{0, 1, 3, 6}));
  EXPECT_EQ(unique.positions, (Lists{3, 1, 4, 0, 2, 5}));
  EXPECT_EQ(unique.inverse, (Lists{2, 1, 2, 0, 1, 2}));
}

/// Against a map, for lists and tables of every size: digits of 8 and 11 bits, keys of 64 and of
/// more.
TEST(UniqueRows, AgreesWithAMap) {
  std::mt19937_64 engine(3);
  for (const std::int64_t rows :
       {std::int64_t{1}, std::int64_t{2}, std::int64_t{255}, std::int64_t{65536},
        std::int64_t{10'000'000}, std::int64_t{1} << 40, INT64_MAX}) {
    for (const std::int64_t count : {0, 1, 2, 3, 320, 4095, 4096, 16383, 20000}) {
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

/// Batches that are shared out: the lists of one thread, whichever ids there are.
TEST(UniqueRows, ManyThreadsGiveTheListsOfOne) {
  std::mt19937_64 engine(5);
  const auto below = [&](std::int64_t rows) {
    return static_cast<std::int64_t>(engine() % static_cast<std::uint64_t>(rows));
  };
  const std::map<std::string, std::function<std::int64_t(std::int64_t)>> draws = {
      {"uniform", below},
      {"as words come",
       [&](std::int64_t rows) {
         return static_cast<std::int64_t>(std::pow(
             static_cast<double>(rows - 1), static_cast<double>(below(1 << 20)) / (1 << 20)));
       }},
      {"most is padding", [&](std::int64_t rows) { return below(8) < 7 ? 0 : below(rows); }},
      {"one id", [](std::int64_t rows) { return rows - 1; }},
      {"one bucket",
       [&](std::int64_t rows) { return rows - 1 - below(std::min(rows, std::int64_t{1000})); }},
  };
  for (const auto& [name, draw] : draws) {
    for (const std::int64_t rows :
         {std::int64_t{1}, std::int64_t{63}, std::int64_t{64}, std::int64_t{65},
          std::int64_t{20'000}, std::int64_t{10'000'000}, std::int64_t{1} << 46}) {
      for (const std::int64_t count : {16'384, 65'541, 200'000}) {
        SCOPED_TRACE(name + ", rows " + std::to_string(rows) + ", ids " + std::to_string(count));
        std::vector<std::int64_t> ids(static_cast<std::size_t>(count));
        for (auto& id : ids) id = draw(rows);
        parallel::set_num_threads(1);
        const UniqueRows one = unique_rows(ids.data(), count, rows);
        parallel::set_num_threads(4);
        const UniqueRows many = unique_rows(ids.data(), count, rows);
        parallel::set_num_threads(0);
        // Not EXPECT_EQ, which would print them.
        EXPECT_TRUE(many.ids == one.ids);
        EXPECT_TRUE(many.first == one.first);
        EXPECT_TRUE(many.positions == one.positions);
        EXPECT_TRUE(many.inverse == one.inverse);
      }
    }
  }
}

}  // namespace
}  // namespace keratin::table
