// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/report.h"

#include "support/sanitized.h"
#include <gtest/gtest.h>

#include "keratin/base/error.h"

namespace keratin::cli {
namespace {

Confusion example() {  // truth a a b b, answers a b b b
  return Confusion({"a", "b"}, {0, 0, 1, 1}, {0, 1, 1, 1});
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
  const std::string text = Confusion(classes, {0, 5, 5}, {0, 0, 0}).text();
  EXPECT_NE(text.find("    2  c5 -> c0\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("confusion:"), std::string::npos);
}

TEST(Report, MemoryFollowsTheTextsNotTheSquareOfTheClasses) {
  constexpr std::size_t count = testing::kSanitized ? 30000 : 300000;  // a table: 9 10^10 entries
  std::vector<std::string> classes(count, "c");
  std::vector<std::int32_t> truth(count), answers(count);
  for (std::size_t i = 0; i < count; ++i) {
    truth[i] = static_cast<std::int32_t>(i);
    answers[i] = static_cast<std::int32_t>(i / 2 * 2);
  }
  const Confusion confusion(classes, truth, answers);
  EXPECT_EQ(confusion.correct(), static_cast<std::int64_t>(count) / 2);
  EXPECT_EQ(confusion.scores(2).precision, 0.5);
  EXPECT_NE(confusion.text().find(str("... and ", count - 200, " classes with fewer texts")),
            std::string::npos);
  const Config config = confusion.to_config();
  EXPECT_TRUE(config.at("confusion").is_null());
  EXPECT_EQ(config.at("mistakes").as_list().size(), count / 2);
}

TEST(Report, ConfigHasTheTableAndItsMistakes) {
  const Config config = example().to_config();
  EXPECT_EQ(config.at("confusion"),
            (Config(Config::List{Config(Config::List{1, 1}), Config(Config::List{0, 2})})));
  EXPECT_EQ(config.at("mistakes"),
            Config(Config::List{Config::Dict{{"label", "a"}, {"answer", "b"}, {"texts", 1}}}));
}

TEST(Report, AnswersStayOnALine) {
  const std::vector<std::string> classes = {"a", "b"};
  const std::vector<Choice> answer = {{1, 0.75F}, {0, 0.25F}};
  const std::string line = "x\ty\nz\xFF";
  std::string out;
  append_answer(out, std::span(answer).first(1), classes, line);
  append_answer(out, answer, classes, "t");
  append_answer(out, {}, classes, "t");
  EXPECT_EQ(out,
            "b\t0.7500\tx y z\xEF\xBF\xBD\n"
            "b\t0.7500\ta\t0.2500\tt\n"
            "\t\tt\n");
  const Config one = to_config(std::span(answer).first(1), classes, line, 2, {});
  EXPECT_EQ(one.at("text").as_string(), "x\ty\nz\xEF\xBF\xBD");
  EXPECT_EQ(one.at("known_tokens").as_int(), 2);
  EXPECT_EQ(to_config(answer, classes, line, 2, {.top = 2}).at("answers").as_list().size(), 2U);
  EXPECT_TRUE(to_config({}, classes, line, 2, {}).at("label").is_null());
}

TEST(Report, ProbabilitiesAreWrittenAsPrintfDoes) {
  const std::vector<std::string> classes = {"c"};
  std::vector<float> values = {0, 1, 0.5F, 1.5F, -0.25F, 0.00005F, 0.99995F, 0.03125F};
  for (int i = 0; i < 2000; ++i) values.push_back(static_cast<float>(i) / 2000 + 1e-5F);
  for (const float p : values) {
    std::string out;
    append_answer(out, std::vector<Choice>{{0, p}}, classes, "");
    char expected[64];
    std::snprintf(expected, sizeof expected, "c\t%.4f\t\n", static_cast<double>(p));
    EXPECT_EQ(out, expected);
  }
}

}  // namespace
}  // namespace keratin::cli
