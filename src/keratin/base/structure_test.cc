// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/structure.h"

#include <stdexcept>

#include <gtest/gtest.h>

namespace keratin {
namespace {

TEST(Structure, LeavesStandInDictsBySortedKeys) {
  Config nested = Config::dict();
  nested["b"] = Config();
  nested["a"] = Config(Config::List{Config(), Config()});
  EXPECT_EQ(leaves_of(nested), 3U);
  std::size_t next = 1;
  const Config filled = with_leaves(nested, {0, 1, 2, 3}, next);
  EXPECT_EQ(next, 4U);
  EXPECT_EQ(filled.at("a").as_list()[0].as_int(), 1);
  EXPECT_EQ(filled.at("b").as_int(), 3);
  EXPECT_EQ(filled.as_dict()[0].first, "b");
}

TEST(Structure, ALeafAloneIsOne) {
  std::size_t next = 0;
  EXPECT_EQ(leaves_of(Config()), 1U);
  EXPECT_EQ(leaves_of(Config::list()), 0U);
  EXPECT_EQ(with_leaves(Config(), {7}, next).as_int(), 7);
  EXPECT_THROW(with_leaves(Config(), {7}, next), std::out_of_range);
}

}  // namespace
}  // namespace keratin
