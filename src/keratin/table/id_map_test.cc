// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/id_map.h"

#include <array>
#include <random>
#include <unordered_map>

#include <gtest/gtest.h>

namespace keratin::table {
namespace {

TEST(IdMap, GivesPlacesInTheOrderOfArrival) {
  IdMap map;
  EXPECT_EQ(map.find(0), -1);
  const std::int64_t far = std::int64_t{1} << 62;
  map.reserve(std::array{far, std::int64_t{0}, std::int64_t{7}});
  EXPECT_EQ(map.insert(far), 0);
  EXPECT_EQ(map.insert(0), 1);
  EXPECT_EQ(map.insert(7), 2);
  EXPECT_EQ(map.find(far), 0);
  EXPECT_EQ(map.find(0), 1);
  EXPECT_EQ(map.find(7), 2);
  EXPECT_EQ(map.find(8), -1);
  EXPECT_EQ(map.size(), 3);
}

TEST(IdMap, GoesOnWhereIdsWereInOrder) {
  IdMap map;
  map.reserve(std::array<std::int64_t, 3>{0, 1, 2});
  for (std::int64_t id = 0; id < 3; ++id) EXPECT_EQ(map.insert(id), id);
  EXPECT_EQ(map.find(2), 2);
  EXPECT_EQ(map.find(3), -1);
  map.reserve(std::array<std::int64_t, 2>{3, 9});
  EXPECT_EQ(map.insert(3), 3);
  EXPECT_EQ(map.insert(9), 4);
  for (const auto& [id, place] :
       {std::pair<std::int64_t, std::int64_t>{0, 0}, {3, 3}, {9, 4}, {4, -1}})
    EXPECT_EQ(map.find(id), place);
}

TEST(IdMap, AgreesWithTheStandardMap) {
  std::mt19937_64 engine(4);
  std::unordered_map<std::int64_t, std::int64_t> wanted;
  IdMap map;
  for (int i = 0; i < 20000; ++i) {
    // Runs of neighbours and far-away ids, many of them twice.
    const auto id = static_cast<std::int64_t>(i % 2 == 0 ? engine() % 30000 : engine() >> 2);
    if (const auto known = wanted.find(id); known != wanted.end()) {
      ASSERT_EQ(map.find(id), known->second);
      continue;
    }
    ASSERT_EQ(map.find(id), -1);
    map.reserve({&id, 1});
    ASSERT_EQ(map.insert(id), static_cast<std::int64_t>(wanted.size()));
    wanted.emplace(id, map.size() - 1);
  }
  std::int64_t seen = 0;
  map.for_each([&](std::int64_t id, std::int64_t place) {
    EXPECT_EQ(wanted.at(id), place);
    ++seen;
  });
  EXPECT_EQ(seen, map.size());
}

}  // namespace
}  // namespace keratin::table
