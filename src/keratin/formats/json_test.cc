// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/json.h"

#include <stdexcept>

#include <gtest/gtest.h>

namespace keratin::formats {
namespace {

TEST(Json, ReadsWhatItWrites) {
  const std::string text = R"({"b":1,"a":[true,null,0.5,"x"],"c":{}})";
  EXPECT_EQ(dump_json(parse_json(text)), text);
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
