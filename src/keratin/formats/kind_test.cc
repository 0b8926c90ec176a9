// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/kind.h"

#include <string>

#include "support/golden_files.h"
#include <gtest/gtest.h>

#include "keratin/base/format_error.h"
#include "keratin/formats/npy.h"

namespace keratin::formats {
namespace {

FileKind kind(std::string text) { return kind_of(Bytes::of(std::move(text), "memory")); }

std::string found(std::string text) {
  try {
    return std::string(to_string(kind(std::move(text))));
  } catch (const FormatError& error) {
    return error.found();
  }
}

TEST(Kind, ByTheBytes) {
  for (const char* name : {"hdf5", "zip", "npy", "npz"}) {
    testing::for_golden_files(name, [&](const Config& one_case) {
      if (one_case.find("refused") != nullptr) return;
      const std::string wanted = std::string(name) == "hdf5"  ? "HDF5"
                                 : std::string(name) == "npy" ? "npy"
                                                              : "zip";
      EXPECT_EQ(to_string(kind_of(Bytes::open(testing::golden_file(one_case)))), wanted);
    });
  }
  EXPECT_EQ(kind("  {\"a\": 1}"), FileKind::kJson);
  EXPECT_EQ(kind("\xef\xbb\xbf\n[1]"), FileKind::kJson);
  EXPECT_EQ(kind("\"{}\""), FileKind::kJson);
  EXPECT_EQ(kind(std::string("\2\0\0\0\0\0\0\0{}", 10)), FileKind::kSafetensors);
}

TEST(Kind, WhatIsNoModelIsNamed) {
  EXPECT_EQ(found(""), "an empty file");
  EXPECT_NE(found("version https://git-lfs.github.com/spec/v1\noid sha256:0").find("Git LFS"),
            std::string::npos);
  EXPECT_NE(found("<!DOCTYPE html>").find("HTML"), std::string::npos);
  EXPECT_NE(found("\x80\x04\x95").find("pickle"), std::string::npos);
  EXPECT_NE(found("\x1f\x8b\x08").find("gzip"), std::string::npos);
  EXPECT_EQ(found("hello"), "other bytes");
  EXPECT_EQ(found(std::string(100'000, ' ')), "other bytes");
  EXPECT_EQ(found("PK"), "other bytes");
}

}  // namespace
}  // namespace keratin::formats
