// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/threefry.h"

#include <vector>

#include <gtest/gtest.h>

namespace keratin::random {
namespace {

// Random123's kat_vectors, threefry2x32 with 20 rounds.
TEST(Threefry, KnownAnswers) {
  EXPECT_EQ(threefry2x32({0, 0}, {0, 0}), (Key{0x6b200159, 0x99ba4efe}));
  EXPECT_EQ(threefry2x32({0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (Key{0x1cb996fc, 0xbb002be7}));
  EXPECT_EQ(threefry2x32({0x13198a2e, 0x03707344}, {0x243f6a88, 0x85a308d3}),
            (Key{0xc4923a9c, 0x483df7a0}));
}

TEST(Threefry, SeedsBecomeKeysOfTheirOwn) {
  EXPECT_EQ(key_from_seed(1337), (Key{1337, 0}));
  EXPECT_EQ(key_from_seed(0xFFFFFFFF), (Key{0xFFFFFFFF, 0}));
  EXPECT_EQ(key_from_seed(std::int64_t{1} << 32), (Key{0, 1}));
  EXPECT_EQ(key_from_seed(-1), (Key{0xFFFFFFFF, 0xFFFFFFFF}));
}

TEST(Threefry, AnyRangeIsAPartOfTheWhole) {
  const Key key{3, 9};
  const std::uint64_t start = (std::uint64_t{5} << 32) - 500;  // the high half changes on the way
  std::vector<std::uint32_t> whole(1000);
  fill_bits(key, start, whole);
  for (const std::size_t first : {0u, 1u, 63u, 499u, 500u, 501u, 937u}) {
    std::vector<std::uint32_t> part(63);
    fill_bits(key, start + first, part);
    for (std::size_t i = 0; i < part.size(); ++i) EXPECT_EQ(part[i], whole[first + i]);
  }
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const Key block = split(key, start + i);
    EXPECT_EQ(whole[i], block.a ^ block.b);
  }
}

}  // namespace
}  // namespace keratin::random
