// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/zip.h"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

namespace keratin::formats {
namespace {

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
