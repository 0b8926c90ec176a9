// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/safetensors.h"

#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/base/format_error.h"
#include "keratin/formats/little_endian.h"

namespace keratin::formats {
namespace {

std::string file_of(const std::string& description, const std::string& data) {
  LittleEndian out;
  out.u64(description.size());
  return out.bytes() + description + data;
}
Safetensors open(const std::string& description, const std::string& data) {
  return Safetensors::open(Bytes::of(file_of(description, data), "memory"));
}

// The example of the format's own description (huggingface/safetensors, README.md), and its rules.
TEST(Safetensors, ReadsTheFormat) {
  const Safetensors file = open(
      R"({"b":{"dtype":"F16","shape":[1,2],"data_offsets":[4,8]},"a":{"dtype":"I32","shape":[],)"
      R"("data_offsets":[0,4]},"__metadata__":{"k":"v"},"none":{"dtype":"BF16","shape":[0,7],)"
      R"("data_offsets":[4,4]}}   )",
      std::string("\1\0\0\0\0\x3c\0\xc0", 8));
  ASSERT_EQ(file.arrays().size(), 3U);
  EXPECT_EQ(file.arrays()[0].first, "a");
  EXPECT_EQ(elements<std::int64_t>(*file.find("a")), (std::vector<std::int64_t>{1}));
  EXPECT_EQ(elements<float>(*file.find("b")), (std::vector<float>{1, -2}));
  EXPECT_EQ(file.find("none")->element, Element::kBfloat16);
  EXPECT_EQ(file.find("c"), nullptr);
  ASSERT_EQ(file.metadata().size(), 1U);
  EXPECT_EQ(file.metadata()[0].second, "v");
}

TEST(Safetensors, WhatIsNoneIsRefused) {
  const std::string good = R"({"a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}})";
  EXPECT_EQ(open(good, "1234").arrays().size(), 1U);
  for (const char* data : {"123", "12345", ""}) EXPECT_THROW(open(good, data), FormatError);
  for (
      const char* bad :
      {R"([])", R"({"a":1})", R"({"a":{"dtype":"I32","shape":[1]}})",
       R"({"a":{"dtype":"I3","shape":[1],"data_offsets":[0,4]}})",
       R"({"a":{"dtype":"I32","shape":[2],"data_offsets":[0,4]}})",
       R"({"a":{"dtype":"I32","shape":[-1],"data_offsets":[0,4]}})",
       R"({"a":{"dtype":"I32","shape":[1.5],"data_offsets":[0,4]}})",
       R"({"a":{"dtype":"I32","shape":[1],"data_offsets":[4,0]}})",
       R"({"a":{"dtype":"I32","shape":[1],"data_offsets":[0,4,5]}})",
       R"({"a":{"dtype":"I32","shape":[1],"data_offsets":[0,4],"x":1}})",
       R"({"a":{"dtype":"I32","shape":[0,4611686018427387904,4],"data_offsets":[0,0]}})",
       R"({"a":{"dtype":"I8","shape":[9223372036854775807,9223372036854775807],"data_offsets":[0,4]}})",
       R"({"a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}})",
       R"({"a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}})",
       R"({"a":{"dtype":"I16","shape":[1],"data_offsets":[2,4]}})",
       R"({"__metadata__":{"a":1},"a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}})",
       R"({"a":)"}) {
    EXPECT_THROW(open(bad, "1234"), FormatError) << bad;
  }
  EXPECT_THROW(Safetensors::open(Bytes::of("", "memory")), FormatError);
  EXPECT_THROW(Safetensors::open(Bytes::of(std::string(8, '\xff') + "{}", "memory")), FormatError);
}

TEST(Safetensors, WhatIsWrittenIsReadBack) {
  const auto write = [] {
    SafetensorsWriter writer;
    writer.metadata("format", "keras");
    writer.array("small", {3}, Element::kInt8, [](Sink& sink) { sink.write("abc"); });
    writer.array("table", {2, 1}, Element::kFloat32, [](Sink& sink) { sink.write("12345678"); });
    writer.array("empty", {0}, Element::kFloat64, [](Sink&) {});
    MemorySink sink;
    writer.write(sink);
    return sink.take();
  };
  const std::string data = write();
  EXPECT_EQ(data, write());
  const Safetensors file = Safetensors::open(Bytes::of(data, "memory"));
  EXPECT_EQ(file.find("table")->bytes.text(), "12345678");
  EXPECT_EQ(file.find("table")->bytes.offset() % 64, 0U);
  EXPECT_EQ(file.find("small")->bytes.text(), "abc");
  EXPECT_EQ(file.find("empty")->shape, (Shape{0}));
  SafetensorsWriter writer;
  writer.array("a", {1}, Element::kInt8, [](Sink&) {});
  EXPECT_THROW(writer.array("a", {1}, Element::kInt8, [](Sink&) {}), std::invalid_argument);
  EXPECT_THROW(writer.array("__metadata__", {1}, Element::kInt8, [](Sink&) {}),
               std::invalid_argument);
  MemorySink sink;
  EXPECT_THROW(writer.write(sink), std::logic_error);
}

}  // namespace
}  // namespace keratin::formats
