// SPDX-License-Identifier: Apache-2.0
#include "keratin/random/seed_generator.h"

#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace keratin::random {
namespace {

TEST(SeedGenerator, CountsInTheSecondWord) {
  SeedGenerator generator({.seed = 7});
  EXPECT_EQ(generator.next(), (Key{7, 0}));
  EXPECT_EQ(generator.next(), (Key{7, 1}));
  SeedGenerator copy = generator;
  EXPECT_EQ(generator.next(), (Key{7, 2}));
  EXPECT_EQ(copy.next(), (Key{7, 2}));
  copy.set_state({9, 0xFFFFFFFF});
  EXPECT_EQ(copy.next(), (Key{9, 0xFFFFFFFF}));
  EXPECT_EQ(copy.state(), (Key{9, 0}));
}

TEST(SeedGenerator, ConfigGoesRound) {
  const SeedGenerator generator({.seed = 7, .name = "noise"});
  const Config config = generator.get_config();
  EXPECT_EQ(config, Config(Config::Dict{{"seed", 7}, {"name", "noise"}}));
  EXPECT_EQ(SeedGenerator(SeedGenerator::options_from(config)).get_config(), config);
  EXPECT_TRUE(SeedGenerator().get_config().at("seed").is_null());
}

TEST(SeedGenerator, EveryThreadGetsKeysOfItsOwn) {
  SeedGenerator generator(1);
  std::vector<std::vector<std::uint32_t>> drawn(4);
  std::vector<std::thread> threads;
  for (auto& mine : drawn) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) mine.push_back(generator.next().b);
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::uint32_t> all;
  for (const auto& mine : drawn) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), 4000u);
  EXPECT_EQ(*all.rbegin(), 3999u);
}

}  // namespace
}  // namespace keratin::random
