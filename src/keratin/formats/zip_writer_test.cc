// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/zip_writer.h"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "keratin/formats/zip.h"

/// That Python's zipfile reads what is written here, tests/files/oracle.py sees.
namespace keratin::formats {
namespace {

TEST(ZipWriter, WhatIsWrittenIsReadBack) {
  std::string first;
  for (int run = 0; run < 2; ++run) {
    MemorySink sink;
    ZipWriter writer(sink);
    writer.add("metadata.json", "{}");
    writer.add("a/\xc3\xa9", "");
    writer.add("model.weights.h5", 100'000, [](Sink& out) {
      for (int i = 0; i < 100'000; ++i) out.write(std::string(1, static_cast<char>(i)));
    });
    for (int i = 0; i < 70; ++i) writer.add(std::string(static_cast<std::size_t>(i) + 1, 'x'), "y");
    writer.finish();
    if (run == 1) {
      EXPECT_EQ(sink.data(), first);
      break;
    }
    first = sink.data();
    const ZipArchive archive = ZipArchive::open(Bytes::of(first, "memory"));
    EXPECT_EQ(archive.members().size(), 73U);
    for (const ZipArchive::Member& member : archive.members()) {
      EXPECT_EQ(member.begin % 64, 0U) << member.name;
      EXPECT_EQ(archive.read(member).size(), member.size);
    }
    EXPECT_EQ(archive.read(*archive.find("metadata.json")).text(), "{}");
    EXPECT_EQ(archive.read(*archive.find("model.weights.h5")).text()[300], static_cast<char>(300));
  }
}

TEST(ZipWriter, AsManyMembersAsZip64Has) {
  MemorySink sink;
  ZipWriter writer(sink);
  for (int i = 0; i < 66'000; ++i) writer.add(std::to_string(i), "");
  writer.finish();
  EXPECT_EQ(ZipArchive::open(Bytes::of(sink.take(), "memory")).members().size(), 66'000U);
}

TEST(ZipWriter, MisuseIsSaid) {
  MemorySink sink;
  ZipWriter writer(sink);
  writer.add("a", "");
  for (const char* name : {"", "a", "/b", "../b", "b/../c", "./b", "b//c", "b\\c", "c:b", "\xff"}) {
    EXPECT_THROW(writer.add(name, ""), std::invalid_argument) << name;
  }
  EXPECT_THROW(writer.add("b", 2, [](Sink& out) { out.write("x"); }), std::logic_error);
}

}  // namespace
}  // namespace keratin::formats
