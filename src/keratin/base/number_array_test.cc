// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/number_array.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/base/config.h"

namespace keratin {
namespace {

// By JSON's grammar, RFC 8259, section 6, and Python's three words.
TEST(NumberArray, NumbersAreJsons) {
  EXPECT_EQ(json_number("-12"), Config(-12));
  EXPECT_EQ(json_number("9223372036854775807"), Config(std::int64_t{9223372036854775807}));
  EXPECT_EQ(json_number("1.5E+2").as_double(), 150);
  EXPECT_EQ(json_number("-Infinity").as_double(), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(json_number("NaN").as_double()));
  for (const char* text :
       {"", "-", "+1", "01", ".5", "5.", "1e", "1e+", "0x1", "1 ", "inf", "1e999"})
    EXPECT_TRUE(json_number(text).is_null()) << text;
}

TEST(NumberArray, IsReadAsOptionsAre) {
  const Config config(NumberArray{Shape{3}, "[1, 2.5,\n3]", nullptr});
  EXPECT_FALSE(config.is_list());
  EXPECT_EQ(config.as_number_array().size(), 3U);
  std::vector<double> values;
  from_config(config, values);
  EXPECT_EQ(values, (std::vector<double>{1, 2.5, 3}));
  std::vector<std::int64_t> whole;
  EXPECT_THROW(from_config(config, whole), std::invalid_argument);
  EXPECT_THROW(config.as_list(), std::invalid_argument);
  const Config matrix(NumberArray{Shape{1, 2}, "[[1, 2]]", nullptr});
  EXPECT_THROW(from_config(matrix, values), std::invalid_argument);
  EXPECT_EQ(config, Config(NumberArray{Shape{3}, "[1, 2.5,\n3]", nullptr}));
}

}  // namespace
}  // namespace keratin
