// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/zip.h"

#include <filesystem>
#include <string>

#include "support/golden_files.h"
#include <gtest/gtest.h>

#include "keratin/base/format_error.h"

namespace keratin::formats {
namespace {

TEST(Zip, ReadsWhatZipfileWrites) {
  testing::for_golden_files("zip", [](const Config& one_case) {
    const Bytes bytes = Bytes::open(testing::golden_file(one_case));
    if (testing::expect_refused(one_case, [&] { ZipArchive::open(bytes); })) return;
    const ZipArchive archive = ZipArchive::open(bytes);
    const auto& members = one_case.at("members").as_dict();
    ASSERT_EQ(archive.members().size(), members.size());
    for (const auto& [name, content] : members) {
      SCOPED_TRACE(name);
      const ZipArchive::Member* member = archive.find(name);
      ASSERT_NE(member, nullptr);
      const Bytes data = archive.read(*member);
      if (content.is_string()) {
        EXPECT_EQ(testing::hex(data.text()), content.as_string());
      } else {
        EXPECT_EQ(static_cast<std::int64_t>(data.size()), content.as_int());
      }
      archive.verify(*member);
    }
  });
}

TEST(Zip, OpensAPublishedModel) {
  const std::string path = std::string(KERATIN_SHARED_DIR) + "/models/ncf-keras3/ncf_model.keras";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not here";
  const ZipArchive archive = ZipArchive::open(Bytes::open(path));
  ASSERT_EQ(archive.members().size(), 3U);
  EXPECT_EQ(archive.members()[0].name, "metadata.json");
  ASSERT_NE(archive.find("config.json"), nullptr);
  EXPECT_EQ(archive.read(*archive.find("config.json")).text().substr(0, 1), "{");
  EXPECT_EQ(archive.read(*archive.find("model.weights.h5")).text().substr(1, 3), "HDF");
  EXPECT_EQ(archive.find("config"), nullptr);
}

}  // namespace
}  // namespace keratin::formats
