// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/json.h"

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

// What nlohmann-json and Python's json write (separators=(",", ":"), ensure_ascii=False).
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
  for (const char* text :
       {"", "{", "[1,]", "{\"a\":1}x", "{'a':1}", "{\"a\":1,\"a\":2}", "nul", "\x80"}) {
    EXPECT_THROW(parse_json(text), std::runtime_error) << text;
  }
  EXPECT_THROW(parse_json(std::string(100000, '[')), std::runtime_error);
  EXPECT_NO_THROW(parse_json(std::string(100, '[') + std::string(100, ']')));
}

}  // namespace
}  // namespace keratin::formats
