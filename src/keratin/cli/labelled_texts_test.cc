// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/labelled_texts.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace keratin::cli {
namespace {

LabelledTexts some_texts() {
  LabelledTexts texts;
  for (int i = 0; i < 100; ++i) texts.add(i % 4 == 0 ? "rare" : "common", std::to_string(i));
  texts.add("single", "s");
  texts.sort_classes();
  return texts;
}

TEST(LabelledTexts, HoldsOutAShareOfEveryClass) {
  const Split split = split_by_class(some_texts(), 0.2, 1);
  EXPECT_EQ(split.test.counts(), (std::vector<std::size_t>{15, 5, 0}));
  EXPECT_EQ(split.train.counts(), (std::vector<std::size_t>{60, 20, 1}));
  for (const std::string& text : split.test.texts) {
    EXPECT_EQ(std::ranges::count(split.train.texts, text), 0);
  }
}

TEST(LabelledTexts, TheSeedDecides) {
  EXPECT_EQ(split_by_class(some_texts(), 0.2, 1).test.texts,
            split_by_class(some_texts(), 0.2, 1).test.texts);
  EXPECT_NE(split_by_class(some_texts(), 0.2, 1).test.texts,
            split_by_class(some_texts(), 0.2, 2).test.texts);
  EXPECT_EQ(split_by_class(some_texts(), 0, 1).test.size(), 0u);
}

}  // namespace
}  // namespace keratin::cli
