// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/hdf5/writer.h"

#include <cstring>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/formats/hdf5/file.h"

/// That libhdf5 reads what is written here, and says the same of it, tests/files/oracle.py sees.
namespace keratin::formats::hdf5 {
namespace {

std::string written(Writer& writer) {
  MemorySink sink;
  writer.write(sink);
  EXPECT_EQ(sink.data().size(), writer.size());
  return sink.take();
}

template <class T>
std::span<const std::byte> bytes_of(const std::vector<T>& values) {
  return std::as_bytes(std::span(values));
}

TEST(Hdf5Writer, WhatIsWrittenIsReadBack) {
  const std::vector<float> table = {1, 2, 3, 4, 5, 6};
  const std::vector<std::int64_t> step = {-7};
  const auto build = [&] {
    Writer writer;
    writer.array("layers/embedding/vars/0", {3, 2}, Element::kFloat32, bytes_of(table));
    writer.text("layers/embedding/vars", "name", "word ids");
    writer.array("optimizer/vars/0", {}, Element::kInt64, bytes_of(step));
    writer.array("nothing", {0, 5}, Element::kFloat64, std::span<const std::byte>());
    writer.group("vars");
    writer.group("layers");
    writer.texts("", "layer_names", {"a", "", "b\xc3\xa9"});
    writer.texts("", "weight_names", {});
    writer.numbers("vars", "epochs", {2}, Element::kFloat32, bytes_of(std::vector<float>{3, 4}));
    return written(writer);
  };
  const std::string data = build();
  EXPECT_EQ(data, build());
  const Object root = open(Bytes::of(data, "memory"));
  EXPECT_EQ(root.size(), 4U);
  EXPECT_EQ(root.child(1).name(), "nothing");
  const auto embedding = root.find("layers/embedding/vars");
  ASSERT_TRUE(embedding);
  EXPECT_EQ(embedding->path(), "/layers/embedding/vars");
  EXPECT_EQ(embedding->text("name"), "word ids");
  EXPECT_EQ(embedding->text("other"), std::nullopt);
  const Array array = embedding->find("0")->array();
  EXPECT_EQ(array.shape, (Shape{3, 2}));
  EXPECT_EQ(elements<float>(array), table);
  EXPECT_EQ(array.bytes.offset() % 64, 0U);
  EXPECT_EQ(elements<std::int64_t>(root.find("optimizer/vars/0")->array()), step);
  EXPECT_EQ(root.find("nothing")->shape(), (Shape{0, 5}));
  EXPECT_EQ(root.find("nothing")->array().bytes.size(), 0U);
  EXPECT_EQ(*root.texts("layer_names"), (std::vector<std::string_view>{"a", "", "b\xc3\xa9"}));
  EXPECT_TRUE(root.texts("weight_names")->empty());
  EXPECT_EQ(root.texts("layer"), std::nullopt);
  EXPECT_EQ(elements<float>(root.find("vars")->attribute("epochs")->array()),
            (std::vector<float>{3, 4}));
  EXPECT_FALSE(root.find("layers/dense"));
  EXPECT_FALSE(root.find("nothing/more"));
  EXPECT_THROW(root.find("nothing")->child(0), std::out_of_range);
  EXPECT_THROW(root.shape(), std::logic_error);
}

TEST(Hdf5Writer, EveryElement) {
  for (int i = 0; i <= static_cast<int>(Element::kFloat64); ++i) {
    const auto element = static_cast<Element>(i);
    std::vector<char> values(3 * size_of(element));
    std::iota(values.begin(), values.end(), char{0});
    if (element == Element::kBool) values = {1, 0, 1};
    Writer writer;
    writer.array("x", {3}, element, bytes_of(values));
    const Array array = open(Bytes::of(written(writer), "memory")).find("x")->array();
    EXPECT_EQ(array.element, element) << to_string(element);
    EXPECT_EQ(array.bytes.text(), std::string_view(values.data(), values.size()));
  }
}

// A group of so many has a tree of three levels; its lists are split, as Keras splits them.
TEST(Hdf5Writer, GroupsOfAnySize) {
  for (const int count : {0, 1, 8, 9, 256, 257, 10'000}) {
    Writer writer;
    std::vector<std::string> names;
    std::vector<float> values(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      const auto at = static_cast<std::size_t>(i);
      values[at] = static_cast<float>(i);
      names.push_back("layer_" + std::to_string(i));
      writer.array("all/" + names.back(), {}, Element::kFloat32,
                   std::as_bytes(std::span(&values[at], 1)));
    }
    writer.group("all");
    writer.texts("all", "weight_names", names);
    const Object all = *open(Bytes::of(written(writer), "memory")).find("all");
    ASSERT_EQ(all.size(), static_cast<std::size_t>(count));
    EXPECT_EQ(all.attribute("weight_names") == nullptr, count > 4'032);
    const auto texts = *all.texts("weight_names");
    ASSERT_EQ(texts.size(), names.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
      ASSERT_EQ(texts[i], names[i]);
      ASSERT_EQ(elements<float>(all.find(names[i])->array()), (std::vector<float>{values[i]}));
    }
  }
}

TEST(Hdf5Writer, StringsOfAnyLength) {
  const std::string config(200'000, '{');
  std::vector<std::string> many(70'000, "x");
  Writer writer;
  writer.text("", "model_config", config);
  writer.texts("", "names", many);
  const Object root = open(Bytes::of(written(writer), "memory"));
  EXPECT_EQ(root.text("model_config"), config);
  EXPECT_EQ(root.texts("names")->size(), many.size());
}

TEST(Hdf5Writer, MisuseIsSaid) {
  Writer writer;
  const std::vector<float> one = {1};
  writer.array("a/b", {1}, Element::kFloat32, bytes_of(one));
  EXPECT_THROW(writer.array("a/b", {1}, Element::kFloat32, bytes_of(one)), std::invalid_argument);
  EXPECT_THROW(writer.array("a", {1}, Element::kFloat32, bytes_of(one)), std::invalid_argument);
  EXPECT_THROW(writer.array("c", {2}, Element::kFloat32, bytes_of(one)), std::invalid_argument);
  EXPECT_THROW(writer.array("", {1}, Element::kFloat32, bytes_of(one)), std::invalid_argument);
  EXPECT_THROW(writer.group("a/b"), std::invalid_argument);
  EXPECT_THROW(writer.group("a/b/c"), std::invalid_argument);
  EXPECT_THROW(writer.group("x//y"), std::invalid_argument);
  EXPECT_THROW(writer.group("../y"), std::invalid_argument);
  EXPECT_THROW(writer.group("y/"), std::invalid_argument);
  EXPECT_THROW(writer.text("none", "name", ""), std::invalid_argument);
  EXPECT_THROW(writer.text("a", "", "x"), std::invalid_argument);
  writer.text("a", "name", "x");
  EXPECT_THROW(writer.text("a", "name", "x"), std::invalid_argument);
  writer.array("short", {2}, Element::kFloat32, [](Sink& sink) { sink.write("1234"); });
  MemorySink sink;
  EXPECT_THROW(writer.write(sink), std::logic_error);
  EXPECT_THROW(writer.group("late"), std::logic_error);
}

}  // namespace
}  // namespace keratin::formats::hdf5
