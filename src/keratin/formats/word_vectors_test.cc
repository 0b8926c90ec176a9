// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/word_vectors.h"

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/base/format_error.h"

namespace keratin::formats {
namespace {

using Read = std::vector<std::pair<std::string, std::vector<float>>>;

Read read(std::string data) {
  Read read;
  WordVectors::open(Bytes::of(std::move(data), "v"))
      .for_each([&](std::string_view word, std::span<const float> vector) {
        read.emplace_back(word, std::vector<float>(vector.begin(), vector.end()));
      });
  return read;
}

std::string binary(const std::vector<std::string>& words, bool with_line_ends) {
  std::string data = std::to_string(words.size()) + " 2\n";
  for (const std::string& word : words) {
    const float vector[2] = {1.5F, -2e-30F};
    data += word + " ";
    data.append(reinterpret_cast<const char*>(vector), sizeof vector);
    if (with_line_ends) data += '\n';
  }
  return data;
}

const Read kTwo = {{"a", {1, -0.5F}}, {"b", {2e-3F, 0}}};

TEST(WordVectors, TextForms) {
  EXPECT_EQ(read("a 1 -0.5\nb 2e-3 0\n"), kTwo);         // GloVe
  EXPECT_EQ(read("2 2\na 1 -0.5\nb 2e-3 0\n"), kTwo);    // word2vec
  EXPECT_EQ(read("2 2\na 1 -0.5 \nb 2e-3 0 \n"), kTwo);  // fastText: a blank behind each number
  EXPECT_EQ(read("a\t1\t-0.5\r\nb\t2e-3\t+0\r\n"), kTwo);
  EXPECT_EQ(read("a 1 -0.5\nb 2e-3 0"), kTwo);  // no end of the last line
  // GloVe's words may hold blanks, or be numbers.
  EXPECT_EQ(read("x 1 2\n. . 1 2\n7 1 2\n"), (Read{{"x", {1, 2}}, {". .", {1, 2}}, {"7", {1, 2}}}));
  EXPECT_EQ(read("0 5\n"), Read{});
}

TEST(WordVectors, BinaryForms) {
  for (const bool with_line_ends : {true, false}) {
    const Read found = read(binary({"a", "b"}, with_line_ends));
    EXPECT_EQ(found, (Read{{"a", {1.5F, -2e-30F}}, {"b", {1.5F, -2e-30F}}}));
  }
}

TEST(WordVectors, EveryErrorNamesItsByte) {
  for (const auto& [text, offset] :
       std::initializer_list<std::pair<std::string, std::uint64_t>>{{"", 0},
                                                                    {"words only\n", 0},
                                                                    {"a 1 2\nb 1\n", 6},
                                                                    {"a 1 2\nb 1 2 3\n", 6},
                                                                    {"a 1 2\nb 1 x\n", 10},
                                                                    {"a 1 2\nb 1e999 2\n", 8},
                                                                    {"a 1 2\nb inf 2\n", 8},
                                                                    {"3 2\na 1 2\nb 1 2\n", 16},
                                                                    {"99999999999 2\na 1 2\n", 0},
                                                                    {"2 99999999999\na 1 2\n", 0},
                                                                    {"-2 2\na 1 2\n", 0}}) {
    try {
      read(text);
      ADD_FAILURE() << text;
    } catch (const FormatError& error) {
      EXPECT_EQ(error.offset(), offset) << text << ": " << error.what();
    }
  }
}

TEST(WordVectors, EveryTruncationOfABinaryFileIsAnError) {
  const std::string whole = binary({"first", "second"}, false);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_THROW(read(whole.substr(0, size)), FormatError) << size;
  EXPECT_THROW(read(whole + "x"), FormatError);
}

}  // namespace
}  // namespace keratin::formats
