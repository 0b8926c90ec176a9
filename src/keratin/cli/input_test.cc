// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/input.h"

#include "support/temporary_folder.h"
#include <gtest/gtest.h>
#include <zlib.h>

#include "keratin/cli/failure.h"
#include "keratin/cli/unpack.h"

namespace keratin::cli {
namespace {

using namespace std::string_literals;

std::string gzip(std::string_view text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(text.size() + 1000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

/// ASCII as UTF-16.
std::string utf16(std::string_view text, bool big) {
  std::string out;
  for (const char c : text) out += big ? std::string{'\0', c} : std::string{c, '\0'};
  return out;
}

class InputOfTheTool : public ::testing::Test {
 protected:
  std::string read(std::string_view bytes) {
    folder_.write("file", bytes);
    return read_text((folder_ / "file").string());
  }
  /// The message without the folder.
  std::string error_of(std::string_view bytes) {
    try {
      return "no error: " + read(bytes);
    } catch (const InputError& error) {
      return std::string(error.what()).substr(folder_.path().string().size() + 1);
    }
  }
  testing::TemporaryFolder folder_;
};

TEST_F(InputOfTheTool, TextStaysAsItIs) {
  EXPECT_EQ(read(""), "");
  EXPECT_EQ(read("a\tb\r\nc"), "a\tb\r\nc");
  EXPECT_EQ(read("caf\xE9 \xFF\xFE"), "caf\xE9 \xFF\xFE");
  EXPECT_EQ(read("\xEF\xBB\xBFx\n"), "x\n");
  EXPECT_EQ(read("one\rtwo\r"), "one\ntwo\n");  // an old Mac's
  EXPECT_THROW(read_text((folder_ / "none").string()), InputError);
  EXPECT_THROW(read_text(folder_.path().string()), InputError);
}

TEST_F(InputOfTheTool, Gzip) {
  EXPECT_EQ(read(gzip("hello\n")), "hello\n");
  EXPECT_EQ(read(gzip("hello\n") + gzip("") + gzip("world\n")), "hello\nworld\n");
  EXPECT_EQ(read(gzip("hello\n") + std::string(600, '\0')), "hello\n");
  std::string large;
  for (int i = 0; i < 400000; ++i) large += std::to_string(i) + "\n";
  EXPECT_EQ(read(gzip(large)), large);
  EXPECT_EQ(read(gzip("\xFF\xFE" + utf16("ab", false))), "ab");
  const std::string packed = gzip("hello hello hello\n");
  for (std::size_t cut = 2; cut < packed.size(); ++cut) {
    EXPECT_EQ(error_of(packed.substr(0, cut)), "file: the gzip data end too early") << cut;
  }
  std::string broken = packed;
  broken[packed.size() - 6] ^= 1;  // of the checksum
  EXPECT_EQ(error_of(broken), "file: the gzip data are broken: incorrect data check");
  EXPECT_TRUE(error_of(packed + "junk").starts_with("file: the gzip data are broken"));
}

TEST_F(InputOfTheTool, Utf16) {
  for (const bool big : {false, true}) {
    const std::string mark = big ? "\xFE\xFF" : "\xFF\xFE";
    EXPECT_EQ(read(mark + utf16("ham\thi\r\n", big)), "ham\thi\r\n");
    EXPECT_EQ(read(utf16("ham\thello\r\n", big)), "ham\thello\r\n");  // without a mark
    EXPECT_EQ(error_of(mark + utf16("ham", big) + "x"),
              "file: UTF-16 that ends in the middle of a character");
  }
  EXPECT_EQ(read("\xFF\xFE\xE9\0\x3D\xD8\0\xDE"s), "\xC3\xA9\xF0\x9F\x98\x80");  // U+E9, U+1F600
  EXPECT_EQ(read("\xFF\xFE\x3D\xD8\x61\0\0\xDE"s),
            "\xEF\xBF\xBD"
            "a\xEF\xBF\xBD");
}

TEST_F(InputOfTheTool, WhatIsNoTextIsNamed) {
  EXPECT_TRUE(error_of("PK\x03\x04 and more").starts_with("file: this is a zip archive"));
  EXPECT_NE(error_of("\xFD"
                     "7zXZ\0"s)
                .find("xz -dc"),
            std::string::npos);
  EXPECT_EQ(error_of("%PDF-1.4"), "file: this is a PDF.");
  EXPECT_TRUE(error_of("\xFF\xFE\0\0a\0\0\0"s).starts_with("file: this is UTF-32"));
  EXPECT_EQ(error_of("a\tb\nc\tde\0f, and on and on\n"s), "file:2:5: a NUL byte: this is no text");
}

}  // namespace
}  // namespace keratin::cli
