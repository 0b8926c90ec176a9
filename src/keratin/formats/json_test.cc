// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/json.h"

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace keratin::formats {
namespace {

TEST(Json, ValuesAreCounted) {
  EXPECT_EQ(parse_json("[1, 2]", 3).as_list().size(), 2U);
  EXPECT_THROW(parse_json("[1, 2]", 2), std::runtime_error);
  EXPECT_EQ(parse_json("[1, {\"a\": 2}]", 7).as_list().size(), 2U);
  EXPECT_THROW(parse_json("[1, {\"a\": 2}]", 6), std::runtime_error);
}

TEST(Json, ReadsWhatItWrites) {
  const std::string text = R"({"b":1,"a":[true,null,0.5,"x"],"c":{}})";
  EXPECT_EQ(dump_json(parse_json(text)), text);
}

// What Python's json write (separators=(",", ":"), ensure_ascii=False).
TEST(Json, WritesEveryKindOfValue) {
  const auto dumped = [](const Config& c, int indent = -1) { return dump_json(c, indent); };
  EXPECT_EQ(dumped("\"\\/\b\f\n\r\t\x01\x1f\x7f\xc3\xa9"), R"("\"\\/\b\f\n\r\t\u0001\u001f)"
                                                           "\x7f\xc3\xa9\"");
  EXPECT_EQ(dumped(std::string("a\0b", 3)), R"("a\u0000b")");
  EXPECT_EQ(dumped("\x80z\xe2\x82"), "\"\xef\xbf\xbdz\xef\xbf\xbd\"");
  for (const auto& [value, text] :
       std::vector<std::pair<double, std::string>>{{0.1, "0.1"},
                                                   {1.0, "1.0"},
                                                   {-0.0, "-0.0"},
                                                   {1e-7, "1e-07"},
                                                   {0.0001, "0.0001"},
                                                   {1e15, "1e+15"},
                                                   {123456789012345.0, "123456789012345.0"},
                                                   {1e300, "1e+300"},
                                                   {5e-324, "5e-324"},
                                                   {-2.5e-5, "-2.5e-05"}}) {
    EXPECT_EQ(dumped(value), text);
    EXPECT_EQ(parse_json(text).as_double(), value);
  }
  EXPECT_EQ(dumped(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(dumped(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(dumped(parse_json(R"({"a":[1,{}],"b":[]})"), 2),
            "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": []\n}");
}

TEST(Json, IntegersStayIntegers) {
  EXPECT_EQ(parse_json("9007199254740993").as_int(), 9007199254740993);
  EXPECT_THROW(parse_json("0.5").as_int(), std::invalid_argument);
}

TEST(Json, RefusesWhatIsNotJson) {
  for (const char* text : {"",           "{",           "[1,]",
                           "[,1]",       "{\"a\" 1}",   "01",
                           "+1",         "1.",          ".5",
                           "1e",         "--1",         "-",
                           "1e999",      "tru",         "nan",
                           "\"a",        "\"\n\"",      "\"\\x\"",
                           "\"\\u12\"",  "\"\\ud800\"", "\"\xff\"",
                           "[1 2]",      "1,",          "-NaN",
                           "{\"a\":1}x", "{'a':1}",     "{\"a\":1,\"a\":2}",
                           "nul",        "\x80"}) {
    EXPECT_THROW(parse_json(text), std::runtime_error) << text;
  }
  EXPECT_THROW(parse_json(std::string(100000, '[')), std::runtime_error);
  EXPECT_NO_THROW(parse_json(std::string(100, '[') + std::string(100, ']')));
}

TEST(Json, SaysWhereAndWhat) {
  try {
    parse_json("{\"a\":\n[1 2]}");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "[JSON] parse error at line 2, column 4: expected ',' or ']'.");
  }
}

TEST(Json, ReadsWhatPythonWrites) {
  EXPECT_TRUE(std::isnan(parse_json("NaN").as_double()));
  EXPECT_EQ(parse_json("[Infinity, -Infinity]").as_list()[1].as_double(),
            -std::numeric_limits<double>::infinity());
  EXPECT_EQ(parse_json(R"("\ud83d\ude00\u00e9\n\/")").as_string(), "\xf0\x9f\x98\x80\xc3\xa9\n/");
  EXPECT_EQ(parse_json("1e-999").as_double(), 0);
  EXPECT_EQ(parse_json("18446744073709551616").as_double(), 18446744073709551616.0);
  EXPECT_TRUE(std::signbit(parse_json("-0").as_double()));
  EXPECT_EQ(parse_json("\xef\xbb\xbf 1").as_int(), 1);
}

std::string rows(std::size_t count, std::string_view row) {
  std::string text = "[";
  for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : ", ") + std::string(row);
  return text + "]";
}

TEST(Json, LargeArraysStayInTheText) {
  const std::string matrix = rows(3000, "[0.5, -1e-3, NaN]");
  const JsonKeeper kept{nullptr, 9000};
  const Config found = parse_json("{\"a\": " + matrix + ", \"b\": 1}", 10, &kept);
  const NumberArray& array = found.at("a").as_number_array();
  EXPECT_EQ(array.shape, (Shape{3000, 3}));
  EXPECT_EQ(array.text, matrix);
  std::vector<std::string> tokens;
  array.each_token([&](std::string_view token) { tokens.emplace_back(token); });
  ASSERT_EQ(tokens.size(), 9000U);
  EXPECT_EQ(tokens[8998], "-1e-3");
  EXPECT_EQ(parse_json(dump_json(found), 10, &kept).at("a"), found.at("a"));
  EXPECT_THROW(parse_json(matrix + " ", 10, nullptr), std::runtime_error);
  const JsonKeeper fewer{nullptr, 8999};
  EXPECT_THROW(parse_json(matrix + " ", 10, &fewer), std::runtime_error);
}

// What is no array of numbers of one length is lists, as ever.
TEST(Json, OtherListsAreLists) {
  const JsonKeeper kept{nullptr, 1'000'000};
  for (const std::string& text : {rows(100, "[1, 2]"), rows(5000, "[1, \"a\"]"), rows(5000, "[]"),
                                  rows(5000, "true"), "[[1], " + rows(5000, "1") + "]"}) {
    EXPECT_TRUE(parse_json(text + " ", 100'000, &kept).is_list()) << text.substr(0, 20);
  }
  const std::string deep = std::string(99, '[') + rows(5000, "1") + std::string(99, ']');
  EXPECT_EQ(parse_json(deep + " ", 1000, &kept).as_number_array().shape.rank(), 100U);
}

}  // namespace
}  // namespace keratin::formats
