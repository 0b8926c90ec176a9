// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/hdf5/file.h"

#include <filesystem>
#include <string>

#include "support/golden_files.h"
#include <gtest/gtest.h>

#include "keratin/base/format_error.h"
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

void expect_attribute(const Attribute& attribute, const Config& wanted) {
  if (const Config* texts = wanted.find("texts")) {
    const auto& list = texts->as_list();
    ASSERT_EQ(attribute.texts().size(), list.size());
    for (std::size_t i = 0; i < list.size(); ++i) {
      EXPECT_EQ(attribute.texts()[i], list[i].as_string());
    }
  } else {
    testing::expect_array(attribute.array(), wanted);
  }
}

std::size_t count_objects(const Object& object) {
  std::size_t count = 1;
  for (std::size_t i = 0; i < object.size(); ++i) count += count_objects(object.child(i));
  return count;
}

/// All that h5py finds in the file, and nothing else.
void expect_content(const Object& root, const Config& wanted) {
  for (const auto& [path, entry] : wanted.as_dict()) {
    SCOPED_TRACE(path);
    const auto object = root.find(path);
    ASSERT_TRUE(object);
    EXPECT_EQ(object->path(), "/" + path);
    const auto& attributes = entry.at("attributes").as_dict();
    ASSERT_EQ(object->attributes().size(), attributes.size());
    for (const auto& [name, value] : attributes) {
      ASSERT_NE(object->attribute(name), nullptr) << name;
      expect_attribute(*object->attribute(name), value);
    }
    const Config* array = entry.find("array");
    ASSERT_EQ(object->is_dataset(), array != nullptr);
    if (array != nullptr) testing::expect_array(object->array(), *array);
  }
  EXPECT_EQ(count_objects(root), wanted.as_dict().size());
}

TEST(Hdf5, ReadsWhatH5pyWrites) {
  testing::for_golden_files("hdf5", [](const Config& one_case) {
    const Bytes bytes = Bytes::open(testing::golden_file(one_case));
    const auto read = [&] {
      const Object root = open(bytes);
      if (root.find("x")) root.find("x")->array();
      return root;
    };
    if (testing::expect_refused(one_case, read)) return;
    try {
      expect_content(read(), one_case.at("content"));
    } catch (const FormatError& error) {
      ADD_FAILURE() << error.what();
    }
  });
}

TEST(Hdf5, ReadsWhatKerasWrites) {
  testing::for_golden_files("zip", [](const Config& one_case) {
    const Config* weights = one_case.find("weights");
    if (weights == nullptr) return;
    expect_content(open(weights_of(testing::golden_file(one_case))), *weights);
  });
}

TEST(Hdf5, LimitsAreKept) {
  const Bytes bytes = Bytes::open(std::string(KERATIN_GOLDEN_DIR) + "/files/groups.h5");
  const Bytes chunks = Bytes::open(std::string(KERATIN_GOLDEN_DIR) + "/files/chunks.h5");
  const auto with = [](auto Limits::*member, std::uint64_t value) {
    Limits limits;
    limits.*member = value;
    return limits;
  };
  EXPECT_NO_THROW(open(bytes, with(&Limits::depth, 5)));
  EXPECT_THROW(open(bytes, with(&Limits::depth, 4)), FormatError);
  EXPECT_NO_THROW(open(bytes, with(&Limits::objects, 40)));
  EXPECT_THROW(open(bytes, with(&Limits::objects, 20)), FormatError);
  EXPECT_THROW(open(bytes, with(&Limits::name_bytes, 8)), FormatError);
  EXPECT_NO_THROW(open(chunks, with(&Limits::unpacked_bytes, 10'000)));
  EXPECT_THROW(open(chunks, with(&Limits::unpacked_bytes, 1'000)), FormatError);
}

TEST(Hdf5, SplitListsAreOne) {
  const Object root = open(Bytes::open(std::string(KERATIN_GOLDEN_DIR) + "/files/split.h5"));
  const auto names = root.texts("weight_names");
  ASSERT_TRUE(names);
  ASSERT_EQ(names->size(), 30U);
  EXPECT_EQ(names->at(29), "29_" + std::string(40, 'n'));
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
