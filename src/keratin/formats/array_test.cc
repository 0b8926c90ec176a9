// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/array.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/base/format_error.h"

namespace keratin::formats {
namespace {

/// The elements at an odd address, as files have them.
template <class T>
Array array_of(Element element, const std::vector<T>& values) {
  std::string bytes(1 + values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data() + 1, values.data(), values.size() * sizeof(T));
  const Bytes whole = Bytes::of(std::move(bytes), "memory");
  return {{static_cast<std::int64_t>(values.size())}, element, whole.part(1, whole.size() - 1)};
}

TEST(Array, ConvertsAsAstypeDoes) {
  const Array floats = array_of<float>(Element::kFloat32, {1, -2.5F, 0});
  EXPECT_EQ(elements<float>(floats), (std::vector<float>{1, -2.5F, 0}));
  EXPECT_EQ(elements<double>(floats), (std::vector<double>{1, -2.5, 0}));
  EXPECT_EQ(elements<float>(array_of<double>(Element::kFloat64, {0.1})),
            (std::vector<float>{0.1F}));
  EXPECT_EQ(elements<std::int64_t>(array_of<std::int8_t>(Element::kInt8, {-1, 127})),
            (std::vector<std::int64_t>{-1, 127}));
  EXPECT_EQ(elements<float>(array_of<std::uint8_t>(Element::kBool, {0, 1, 1})),
            (std::vector<float>{0, 1, 1}));
  // bfloat16 is the upper half of a float32.
  EXPECT_EQ(elements<float>(array_of<std::uint16_t>(Element::kBfloat16, {0x3F80, 0xC020})),
            (std::vector<float>{1, -2.5F}));
  bool truth[2] = {true, true};
  read_elements(array_of<float>(Element::kFloat32, {0, 0.5F}), DType::kBool, truth);
  EXPECT_FALSE(truth[0]);
  EXPECT_TRUE(truth[1]);
}

TEST(Array, WhatDoesNotFitIsAnError) {
  EXPECT_THROW(elements<std::int32_t>(array_of<std::int64_t>(Element::kInt64, {1LL << 31})),
               FormatError);
  EXPECT_THROW(elements<std::uint8_t>(array_of<std::int8_t>(Element::kInt8, {-1})), FormatError);
  EXPECT_EQ(elements<std::int64_t>(array_of<float>(Element::kFloat32, {7})),
            (std::vector<std::int64_t>{7}));
  for (const float bad : {0.5F, 0x1p63F, std::numeric_limits<float>::infinity(), std::nanf("")}) {
    EXPECT_THROW(elements<std::int64_t>(array_of<float>(Element::kFloat32, {bad})), FormatError);
  }
  Array cut = array_of<float>(Element::kFloat32, {1, 2});
  cut.bytes = cut.bytes.part(0, 7);
  EXPECT_THROW(elements<float>(cut), FormatError);
  std::vector<float> short_of_one(1);
  EXPECT_THROW(read_elements(array_of<float>(Element::kFloat32, {1, 2}), std::span(short_of_one)),
               std::invalid_argument);
}

// By the definition of binary16: sign, 5 bits of exponent, 10 of mantissa.
TEST(Array, EveryHalf) {
  for (std::uint32_t bits = 0; bits < 65'536; ++bits) {
    const float value = float_of_half(static_cast<std::uint16_t>(bits));
    const int exponent = static_cast<int>((bits >> 10) & 31);
    const double mantissa = static_cast<double>(bits & 1023);
    const double sign = (bits & 0x8000) != 0 ? -1 : 1;
    if (exponent == 31) {
      if (mantissa == 0) {
        EXPECT_EQ(value, sign * std::numeric_limits<double>::infinity());
      } else {
        EXPECT_TRUE(std::isnan(value));
      }
    } else {
      const double wanted =
          exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
      EXPECT_EQ(value, sign * wanted) << bits;
      EXPECT_EQ(std::signbit(value), sign < 0);
    }
  }
}

TEST(Array, ElementsAndDTypesHaveOneName) {
  for (int i = 0; i <= static_cast<int>(DType::kFloat64); ++i) {
    const auto dtype = static_cast<DType>(i);
    EXPECT_EQ(to_string(element_of(dtype)), to_string(dtype));
    EXPECT_EQ(size_of(element_of(dtype)), size_of(dtype));
  }
}

}  // namespace
}  // namespace keratin::formats
