// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/hdf5/file.h"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "keratin/formats/zip.h"

namespace keratin::formats::hdf5 {
namespace {

Bytes weights_of(const std::filesystem::path& path) {
  const Bytes bytes = Bytes::open(path.string());
  if (path.extension() != ".keras") return bytes;
  const ZipArchive archive = ZipArchive::open(bytes);
  return archive.read(*archive.find("model.weights.h5"));
}

/// Numbers of parameters, by the shapes of all float arrays.
std::int64_t read_all(const Object& object) {
  if (object.is_dataset()) {
    const Array array = object.array();
    EXPECT_TRUE(array.bytes.is_mapped()) << object.path();
    return array.shape.size();
  }
  std::int64_t count = 0;
  for (std::size_t i = 0; i < object.size(); ++i) count += read_all(object.child(i));
  return count;
}

TEST(Hdf5, OpensEveryPublishedModel) {
  const std::filesystem::path models = std::string(KERATIN_SHARED_DIR) + "/models";
  if (!std::filesystem::is_directory(models)) GTEST_SKIP() << models << " is not here";
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(models)) {
    const auto kind = entry.path().extension();
    if (kind != ".h5" && kind != ".hdf5" && kind != ".keras") continue;
    SCOPED_TRACE(entry.path());
    EXPECT_GT(read_all(open(weights_of(entry.path()))), 10'000);
    ++files;
  }
  EXPECT_EQ(files, 13);
}

}  // namespace
}  // namespace keratin::formats::hdf5
