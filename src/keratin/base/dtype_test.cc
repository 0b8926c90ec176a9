// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/dtype.h"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace keratin {
namespace {

TEST(DType, NamesAreKeras) {
  for (const char* name : {"bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64",
                           "uint64", "float32", "float64"}) {
    EXPECT_EQ(to_string(dtype_from_name(name)), name);
  }
  try {
    dtype_from_name("float23");
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find("Did you mean 'float32'?"), std::string::npos)
        << error.what();
  }
}

TEST(DType, OfEveryElementType) {
  static_assert(dtype_of<bool>() == DType::kBool && dtype_of<char>() == DType::kInt8);
  static_assert(dtype_of<long>() == DType::kInt64 &&
                dtype_of<unsigned long long>() == DType::kUint64);
  static_assert(dtype_of<const float>() == DType::kFloat32 &&
                dtype_of<double>() == DType::kFloat64);
  EXPECT_EQ(size_of(DType::kUint16), 2U);
  EXPECT_EQ(size_of(DType::kFloat64), 8U);
  EXPECT_TRUE(is_floating(DType::kFloat32));
  EXPECT_FALSE(is_floating(DType::kBool));
}

}  // namespace
}  // namespace keratin
