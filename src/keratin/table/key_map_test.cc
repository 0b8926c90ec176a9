// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/key_map.h"

#include <random>
#include <unordered_map>

#include <gtest/gtest.h>

namespace keratin::table {
namespace {

TEST(KeyMap, IsWhatAMapOfTheStandardLibraryIs) {
  std::mt19937_64 random(1);
  for (const std::uint64_t spread : {std::uint64_t{1}, std::uint64_t{1} << 32, ~std::uint64_t{0}}) {
    KeyMap map;
    std::unordered_map<std::uint64_t, std::int64_t> wanted;
    EXPECT_EQ(map.find(0), 0);
    map.erase(0);
    for (int i = 0; i < 20'000; ++i) {
      const std::uint64_t key = (random() % 700) * spread;
      if (random() % 3 == 0) {
        map.erase(key);
        wanted.erase(key);
      } else {
        map.reserve(1);
        map.set(key, i + 1);
        wanted[key] = i + 1;
      }
      const std::uint64_t other = (random() % 700) * spread;
      ASSERT_EQ(map.find(other), wanted.contains(other) ? wanted[other] : 0);
      ASSERT_EQ(map.size(), static_cast<std::int64_t>(wanted.size()));
    }
    std::unordered_map<std::uint64_t, std::int64_t> found;
    map.for_each([&](std::uint64_t key, std::int64_t number) { found[key] = number; });
    EXPECT_EQ(found, wanted);
  }
}

TEST(KeyMap, IsWrittenByParts) {
  KeyMap map;
  std::mt19937_64 random(2);
  std::vector<std::uint64_t> keys(50'000);
  for (std::uint64_t& key : keys) key = random() % 100'000;
  for (const std::uint64_t more : {std::uint64_t{0}, std::uint64_t{1}}) {
    map.reserve(std::ssize(keys));
    std::vector<std::vector<std::uint64_t>> left(KeyMap::kParts);
    map.set_by_parts([&](std::int64_t part, const auto& set) {
      for (const std::uint64_t key : keys) {
        if (KeyMap::part_of(key) == part && !set(key, static_cast<std::int64_t>(key + more) + 1))
          left[static_cast<std::size_t>(part)].push_back(key);
      }
    });
    for (const auto& some : left) {
      for (const std::uint64_t key : some) map.set(key, static_cast<std::int64_t>(key + more) + 1);
    }
    for (const std::uint64_t key : keys)
      ASSERT_EQ(map.find(key), static_cast<std::int64_t>(key + more) + 1);
    std::int64_t count = 0;
    map.for_each([&](std::uint64_t, std::int64_t) { ++count; });
    EXPECT_EQ(map.size(), count);
  }
}

}  // namespace
}  // namespace keratin::table
