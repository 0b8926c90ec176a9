// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/string_table.h"

#include <string>
#include <vector>

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

TEST(StringTable, TextsOfAllLengthsAndAllAtOnce) {
  StringTable table;
  std::vector<std::string> texts;
  for (std::size_t size = 0; size < 40; ++size) {
    // What differs in one byte only, and in its length.
    for (std::size_t at = 0; at <= size; ++at) {
      std::string text(size, 'x');
      if (at < size) text[at] = at % 2 == 0 ? '\0' : '\xFF';
      texts.push_back(text);
    }
  }
  std::vector<std::string_view> views(texts.begin(), texts.end());
  std::vector<std::uint32_t> ids(texts.size());
  table.find_all(views, ids);
  EXPECT_EQ(ids, std::vector<std::uint32_t>(texts.size(), StringTable::kMissing));
  for (std::size_t i = 0; i < texts.size(); i += 2) ASSERT_EQ(table.insert(texts[i]), i / 2);
  table.find_all(views, ids);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(ids[i], i % 2 == 0 ? i / 2 : StringTable::kMissing) << i;
    EXPECT_EQ(ids[i], table.find(texts[i]));
  }
  // In one memory, where what is behind a text is that of others.
  std::string together;
  for (const std::string& text : texts) together += text;
  const std::string room(StringTable::kRoom, 'x');
  together += room;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < texts.size(); begin += texts[i++].size())
    views[i] = std::string_view(together).substr(begin, texts[i].size());
  std::vector<std::uint32_t> same(texts.size());
  table.find_all(views, same, true);
  EXPECT_EQ(same, ids);
}

}  // namespace
}  // namespace keratin
