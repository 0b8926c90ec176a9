// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/string_table.h"

#include <gtest/gtest.h>

namespace keratin {
namespace {

TEST(StringTable, NumbersInOrderOfFirstInsertion) {
  StringTable table;
  EXPECT_EQ(table.find("a"), StringTable::kMissing);
  EXPECT_EQ(table.insert("a"), 0u);
  EXPECT_EQ(table.insert(""), 1u);
  EXPECT_EQ(table.insert("a"), 0u);
  EXPECT_EQ(table.insert(std::string_view("a\0b", 3)), 2u);
  EXPECT_EQ(table[1], "");
  EXPECT_EQ(table[2].size(), 3u);
  EXPECT_EQ(table.size(), 3u);
}

TEST(StringTable, GrowsAndCopies) {
  StringTable table;
  for (int i = 0; i < 10000; ++i) table.insert(std::to_string(i));
  const StringTable copy = table;
  for (std::uint32_t i = 0; i < 10000; ++i) {
    ASSERT_EQ(table.find(std::to_string(i)), i);
    ASSERT_EQ(copy[i], std::to_string(i));
  }
  EXPECT_EQ(table.find("10000"), StringTable::kMissing);
}

}  // namespace
}  // namespace keratin
