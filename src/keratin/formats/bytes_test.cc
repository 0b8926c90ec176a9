// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/bytes.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "support/temporary_folder.h"
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "keratin/base/error.h"
#include "keratin/base/format_error.h"

namespace keratin::formats {
namespace {

std::string letters(std::size_t count) {
  std::string text(count, ' ');
  for (std::size_t i = 0; i < count; ++i) text[i] = static_cast<char>('a' + i % 23);
  return text;
}

TEST(Bytes, PartsKeepTheFileThatIsGone) {
  const testing::TemporaryFolder folder;
  for (const std::size_t size : {0U, 1U, 70'000U, 1'000'000U}) {
    folder.write("file", letters(size));
    const std::string path = (folder / "file").string();
    Bytes part;
    {
      const Bytes whole = Bytes::open(path);
      EXPECT_EQ(whole.text(), letters(size));
      EXPECT_EQ(whole.file(), path);
      EXPECT_EQ(whole.is_mapped(), size > 65'536);
      part = whole.part(size / 2, size - size / 2);
    }
    std::filesystem::remove(path);
    EXPECT_EQ(part.text(), letters(size).substr(size / 2));
    EXPECT_EQ(part.offset(), size / 2);
  }
}

TEST(Bytes, PartsStayInside) {
  const Bytes bytes = Bytes::of("abcd", "memory");
  EXPECT_EQ(bytes.part(1, 3).part(1, 1).text(), "c");
  EXPECT_EQ(bytes.part(4, 0).size(), 0U);
  EXPECT_THROW(bytes.part(4, 1), std::out_of_range);
  EXPECT_THROW(bytes.part(5, 0), std::out_of_range);
  EXPECT_THROW(bytes.part(~std::uint64_t{0}, 2), std::out_of_range);
  EXPECT_THROW(bytes.part(2, ~std::uint64_t{0}), std::out_of_range);
  EXPECT_THROW(Bytes().part(0, 1), std::out_of_range);
}

TEST(Bytes, WhatIsNoFileIsNamed) {
  const testing::TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  const auto code_of = [&](const std::string& path) {
    try {
      Bytes::open(path);
    } catch (const FileError& error) {
      EXPECT_NE(std::string(error.what()).find(in_quotes(path)), std::string::npos) << error.what();
      return error.code();
    }
    return 0;
  };
  EXPECT_EQ(code_of((folder / "nothing").string()), ENOENT);
  EXPECT_EQ(code_of(folder.path().string()), EISDIR);
  EXPECT_EQ(code_of((folder / "pipe").string()), EINVAL);
  EXPECT_EQ(code_of("/dev/null"), EINVAL);
  EXPECT_EQ(code_of(std::string("a\0b", 3)), EINVAL);
  EXPECT_EQ(code_of(""), ENOENT);
}

// What is written to one copy is seen in no other, nor in the file.
TEST(Bytes, WritableCopiesAreTheirOwn) {
  const testing::TemporaryFolder folder;
  const std::string text = letters(200'000);
  folder.write("file", text);
  const Bytes mapped = Bytes::open((folder / "file").string());
  for (const Bytes& whole : {mapped, Bytes::of(text, "memory")}) {
    const Bytes part = whole.part(4'097, 100'001).member("table");
    const auto one = part.writable();
    const auto two = part.writable();
    ASSERT_EQ(std::memcmp(one.get(), part.data(), part.size()), 0);
    std::memset(one.get(), 'X', part.size());
    EXPECT_EQ(part.text(), text.substr(4'097, 100'001));
    EXPECT_EQ(std::memcmp(two.get(), part.data(), part.size()), 0);
  }
  EXPECT_EQ(Bytes::open((folder / "file").string()).text(), text);
  EXPECT_EQ(Bytes::of("", "nothing").writable().get() == nullptr, false);
}

TEST(Bytes, ErrorsSayWhere) {
  const Bytes member = Bytes::of("0123456789", "a\n.keras").part(2, 8).member("x\0y");
  try {
    member.part(3, 5).fail("zip", 1, "a", "b");
    FAIL();
  } catch (const FormatError& error) {
    EXPECT_EQ(std::string(error.what()),
              "[zip] 'a\\x0a.keras' > 'x', byte 4: expected a. Found: b.");
    EXPECT_EQ(error.file(), "a\n.keras");
    EXPECT_EQ(error.member(), "x");
    EXPECT_EQ(error.offset(), 4U);
    EXPECT_EQ(error.expected(), "a");
    EXPECT_EQ(error.found(), "b");
  }
  EXPECT_EQ(in_quotes(std::string(300, 'x')).size(), 205U);
  EXPECT_EQ(in_quotes("\xff\x7f"), "'\xef\xbf\xbd\\x7f'");
  const FormatError longest("f", {std::string(99'999, 'f'), "", 0}, std::string(99'999, 'e'), "");
  EXPECT_LE(std::strlen(longest.what()), kLongestMessage);
}

}  // namespace
}  // namespace keratin::formats
