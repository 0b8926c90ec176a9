// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/report.h"

#include <gtest/gtest.h>

namespace keratin::cli {
namespace {

Confusion example() {  // truth a a b b, answers a b b b
  return Confusion({"a", "b"}, {0, 0, 1, 1},
                   Tensor::from<float>({.9F, .1F, .2F, .8F, .3F, .7F, .4F, .6F}, {4, 2}));
}

TEST(Report, Scores) {
  const Confusion confusion = example();
  EXPECT_EQ(confusion.accuracy(), 0.75);
  EXPECT_EQ(confusion.scores(0).precision, 1.0);
  EXPECT_EQ(confusion.scores(0).recall, 0.5);
  EXPECT_DOUBLE_EQ(confusion.scores(0).f1, 2.0 / 3);
  EXPECT_DOUBLE_EQ(confusion.scores(1).f1, 0.8);
  EXPECT_DOUBLE_EQ(confusion.mean().f1, (2.0 / 3 + 0.8) / 2);
}

TEST(Report, Text) {
  EXPECT_EQ(example().text(),
            "held-out accuracy  0.7500  (3 of 4)\n\n"
            "class  precision  recall      f1  texts\n"
            "a         1.0000  0.5000  0.6667      2\n"
            "b         0.6667  1.0000  0.8000      2\n"
            "mean      0.8333  0.7500  0.7333      4\n\n"
            "confusion: a row for what it is, a column for the answer\n"
            "            a       b\n"
            "a           1       1\n"
            "b           0       2\n");
}

TEST(Report, ManyClassesShowTheCommonestMistakes) {
  std::vector<std::string> classes;
  for (int i = 0; i < 13; ++i) classes.push_back("c" + std::to_string(i));
  Tensor always_first = Tensor::zeros({3, 13});
  const std::string text = Confusion(classes, {0, 5, 5}, always_first).text();
  EXPECT_NE(text.find("    2  c5 -> c0\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("confusion:"), std::string::npos);
}

TEST(Report, AnswersStayOnALine) {
  const auto answers =
      answers_of({"a", "b"}, {"x\ty\nz"}, Tensor::from<float>({.25F, .75F}, {1, 2}));
  EXPECT_EQ(answers_text(answers), "b\t0.7500\tx y z\n");
  EXPECT_EQ(to_config(answers).as_list()[0].at("text").as_string(), "x\ty\nz");
}

}  // namespace
}  // namespace keratin::cli
