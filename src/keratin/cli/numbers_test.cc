// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/numbers.h"

#include <limits>

#include <gtest/gtest.h>

namespace keratin::cli {
namespace {

TEST(Numbers, WholeOnes) {
  EXPECT_EQ(whole_number("-3"), -3);
  EXPECT_EQ(whole_number("+3"), 3);
  EXPECT_EQ(whole_number("010"), 10);
  EXPECT_EQ(whole_number("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  for (const char* text : {"", " 3", "3 ", "3x", "0x10", "1e3", "3.0", "nan", "inf", "--3", "+-3",
                           "9223372036854775808", "18446744073709551616", "\xD9\xA3"}) {
    EXPECT_EQ(whole_number(text), std::nullopt) << text;
  }
}

TEST(Numbers, RealOnes) {
  EXPECT_EQ(real_number("1e-3"), 1e-3);
  EXPECT_EQ(real_number("-.5"), -.5);
  EXPECT_EQ(real_number("2"), 2.0);
  for (const char* text : {"", " 1", "1x", "0,5", "nan", "-nan", "inf", "-inf", "infinity", "1e999",
                           "-1e999", "0x1p3", "e5", "."}) {
    EXPECT_EQ(real_number(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace keratin::cli
