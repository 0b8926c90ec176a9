// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "support/sampled.h"
#include <gtest/gtest.h>

#include "keratin/base/format_error.h"
#include "keratin/formats/hdf5/file.h"
#include "keratin/formats/hdf5/superblock.h"
#include "keratin/formats/hdf5/writer.h"
#include "keratin/formats/npy.h"
#include "keratin/formats/safetensors.h"
#include "keratin/formats/zip.h"
#include "keratin/formats/zip_writer.h"

/// Files that were cut, changed or made to mislead. What they may do is throw FormatError; fuzz/
/// tries the same at random.
namespace keratin::formats::hdf5 {
namespace {

Bytes memory(std::string bytes) { return Bytes::of(std::move(bytes), "memory"); }

std::string golden_file(const std::string& name) {
  return std::string(Bytes::open(std::string(KERATIN_GOLDEN_DIR) + "/files/" + name).text());
}

/// All that a user of the file sees of it.
void describe(const Object& object, std::string& out) {
  out += object.path();
  for (const Attribute& attribute : object.attributes()) {
    out += str(" ", attribute.name(), attribute.shape());
    if (attribute.is_text()) {
      for (const std::string_view text : attribute.texts()) out += str(" ", text);
    } else {
      out += attribute.array().bytes.text();
    }
  }
  if (object.is_dataset()) {
    const Array array = object.array();
    out += str(array.shape, to_string(array.element), array.bytes.text());
  }
  for (std::size_t i = 0; i < object.size(); ++i) describe(object.child(i), out);
}
std::string described_hdf5(const Bytes& bytes) {
  std::string out;
  describe(open(bytes), out);
  return out;
}
std::string described_zip(const Bytes& bytes) {
  const ZipArchive archive = ZipArchive::open(bytes);
  std::string out;
  for (const ZipArchive::Member& member : archive.members()) {
    const Bytes data = archive.read(member);
    out += str(member.name, " ", data.text());
    if (data.text().starts_with(kSignature)) out += described_hdf5(data);
  }
  return out;
}

using Describe = std::function<std::string(const Bytes&)>;

/// What is seen of the bytes, or nothing where they are refused.
std::string seen(const Describe& describe, std::string bytes) {
  try {
    return describe(memory(std::move(bytes)));
  } catch (const FormatError&) {
    return "";
  }
}

std::string small_hdf5() {
  static const std::vector<float> numbers = {1, 2, 3, 4};
  Writer writer;
  for (const char* path : {"layers/a/vars/0", "layers/b/vars/0"}) {
    writer.array(path, {2, 2}, Element::kFloat32, std::as_bytes(std::span(numbers)));
  }
  writer.text("layers", "name", "first");
  writer.texts("", "names", {"second", "third"});
  MemorySink sink;
  writer.write(sink);
  return sink.take();
}

std::string small_zip() {
  MemorySink sink;
  ZipWriter writer(sink);
  writer.add("config.json", "{}");
  writer.add("model.weights.h5", small_hdf5());
  writer.finish();
  return sink.take();
}

std::string small_safetensors() {
  SafetensorsWriter writer;
  writer.array("a", {3}, Element::kInt8, [](Sink& sink) { sink.write("abc"); });
  MemorySink sink;
  writer.write(sink);
  return sink.take();
}

TEST(Hostile, EveryTruncationIsRefused) {
  const auto safetensors = [](const Bytes& bytes) {
    Safetensors::open(bytes);
    return std::string("opened");
  };
  const auto npy = [](const Bytes& bytes) {
    read_npy(bytes);
    return std::string("opened");
  };
  const std::vector<std::pair<std::string, Describe>> files = {
      {golden_file("half.keras"), described_zip},
      {small_hdf5(), described_hdf5},
      {golden_file("version_2.h5"), described_hdf5},
      {golden_file("every_dtype.h5"), described_hdf5},
      {golden_file("streamed.zip"), described_zip},
      {golden_file("rows.npy"), npy},
      {small_safetensors(), safetensors}};
  for (const auto& [file, describe] : files) {
    ASSERT_FALSE(seen(describe, file).empty());
    for (std::size_t size = 0; size < file.size(); ++size) {
      ASSERT_EQ(seen(describe, file.substr(0, size)), "") << size << " of " << file.size();
    }
  }
}

// The archive's checksums see what HDF5 has none for: whatever is flipped is refused, or of no
// meaning (a time, an attribute of the file system).
TEST(Hostile, NoBitFlipOfAModelIsSilent) {
  for (const std::string& file : {small_zip(), golden_file("half.keras")}) {
    const std::string wanted = seen(described_zip, file);
    ASSERT_FALSE(wanted.empty());
    std::size_t refused = 0;
    // One bit in eight, drawn by the commit; by hand all of them.
    for (const std::size_t bit : testing::sampled_grid(file.size(), 8, 8)) {
      std::string flipped = file;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
      const std::string now = seen(described_zip, std::move(flipped));
      refused += now.empty() ? 1 : 0;
      ASSERT_TRUE(now.empty() || now == wanted) << "bit " << bit;
    }
    EXPECT_GT(refused, file.size() * 9 / 10);
  }
}

/// A change of a good file: bytes put `at` behind the n-th place where `mark` stands.
struct Patch {
  const char* what;
  std::string_view mark;
  std::size_t nth;
  std::ptrdiff_t at;
  std::string bytes;
};

std::string le(std::uint64_t value, std::size_t size) {
  return {reinterpret_cast<const char*>(&value), size};
}

std::string patched(std::string file, const Patch& patch) {
  std::size_t place = file.find(patch.mark);
  for (std::size_t i = 0; i < patch.nth; ++i) place = file.find(patch.mark, place + 1);
  EXPECT_NE(place, std::string::npos) << patch.what;
  const auto at = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(place) + patch.at);
  EXPECT_LE(at + patch.bytes.size(), file.size()) << patch.what;
  file.replace(at, patch.bytes.size(), patch.bytes);
  return file;
}

void expect_refused(const std::string& good, const Describe& describe,
                    const std::vector<Patch>& patches) {
  ASSERT_FALSE(seen(describe, good).empty());
  for (const Patch& patch : patches) {
    const std::string bad = patched(good, patch);
    EXPECT_NE(bad, good) << patch.what;
    EXPECT_EQ(seen(describe, bad), "") << patch.what;
  }
}

TEST(Hostile, ArchivesThatMislead) {
  const std::string good = small_zip();
  const std::string local("PK\x03\x04"), entry("PK\x01\x02"), end("PK\x05\x06");
  const std::size_t directory = good.find(entry);
  expect_refused(good, described_zip,
                 {{"encrypted", entry, 0, 8, le(1, 2)},
                  {"encrypted in the local header alone", local, 0, 6, le(1, 2)},
                  {"strongly encrypted", entry, 0, 8, le(64, 2)},
                  {"a patch", entry, 0, 8, le(32, 2)},
                  {"an unknown flag", entry, 0, 8, le(0x8000, 2)},
                  {"a descriptor that is not there", entry, 0, 8, le(8, 2)},
                  {"another method", entry, 0, 10, le(99, 2)},
                  {"deflated that is not", entry, 0, 10, le(8, 2)},
                  {"another time", local, 0, 10, le(7, 2)},
                  {"another checksum", entry, 0, 16, le(7, 4)},
                  {"smaller when packed", entry, 0, 20, le(1, 4)},
                  {"larger than the file", entry, 1, 24, le(0xFFFFFFF0, 4)},
                  {"saturated without zip64", entry, 0, 24, le(0xFFFFFFFF, 4)},
                  {"a longer name", entry, 0, 28, le(60'000, 2)},
                  {"an extra field outside", entry, 0, 30, le(60'000, 2)},
                  {"a comment outside", entry, 0, 32, le(60'000, 2)},
                  {"another disk", entry, 0, 34, le(1, 2)},
                  {"two members of one header", entry, 1, 42, le(0, 4)},
                  {"a header outside", entry, 1, 42, le(0xFFFFFFF0, 4)},
                  {"a header in the directory", entry, 1, 42, le(directory, 4)},
                  {"another name in the local header", local, 0, 30, "k"},
                  {"a NUL in the directory's name", entry, 0, 47, std::string(1, '\0')},
                  {"a backslash", entry, 0, 47, "\\"},
                  {"no member", end, 0, 8, le(0, 4)},
                  {"one member", end, 0, 8, le(0x00010001, 4)},
                  {"more members", end, 0, 8, le(0x00030003, 4)},
                  {"members of two disks", end, 0, 8, le(0x00020001, 4)},
                  {"as many members as zip64 has", end, 0, 8, le(0xFFFFFFFF, 4)},
                  {"disk 1", end, 0, 4, le(1, 2)},
                  {"a smaller directory", end, 0, 12, le(1, 4)},
                  {"a larger directory", end, 0, 12, le(0x7FFFFFFF, 4)},
                  {"a directory elsewhere", end, 0, 16, le(0, 4)},
                  {"a directory as zip64 has it", end, 0, 16, le(0xFFFFFFFF, 4)},
                  {"a comment that is not there", end, 0, 20, le(1, 2)}});
  const std::string tail = good.substr(good.find(end));
  const auto with_comment = [&](const std::string& comment) {
    std::string file = good + comment;
    const std::string size = le(comment.size(), 2);
    return file.replace(good.size() - 2, 2, size);
  };
  EXPECT_NE(seen(described_zip, with_comment("a comment")), "");
  EXPECT_EQ(seen(described_zip, with_comment(tail)), "") << "two ends";
  EXPECT_EQ(seen(described_zip, good + good), "") << "two archives";
  EXPECT_EQ(seen(described_zip, good + "x"), "") << "bytes behind the end";
  EXPECT_EQ(seen(described_zip, "MZ" + good), "") << "bytes before the first member";
  EXPECT_EQ(seen(described_zip, good.substr(0, directory) + "xxxx" + good.substr(directory)), "")
      << "a gap";
  EXPECT_EQ(seen(described_zip, tail), "") << "an end alone";
  EXPECT_EQ(seen(described_zip, std::string(70'000, 'P') + "K\x05\x06"), "");
}

TEST(Hostile, BombsUnpackToNothing) {
  const std::string good = golden_file("members.zip");
  const std::string entry("PK\x01\x02"), local("PK\x03\x04");
  // "packed.txt" is the third member: 600 bytes, which are said to be fewer or more.
  for (const std::uint64_t size : {1U, 599U, 601U, 1U << 30}) {
    std::string bad = patched(good, {"size", entry, 2, 24, le(size, 4)});
    bad = patched(bad, {"size", local, 2, 22, le(size, 4)});
    EXPECT_EQ(seen(described_zip, bad), "") << size;
  }
}

TEST(Hostile, Hdf5ThatMisleads) {
  const std::string good = small_hdf5();
  const std::string root = good.substr(64, 8);
  const std::string first("\x89HDF");
  const std::string text_attribute("name\0\0\0\0", 8), layout("\x08\0\x18\0", 4);
  const std::string space("\x01\0\x18\0", 4), type("\x03\0\x18\0\1", 5);
  const std::size_t header = good.find(type) - 48;  // the last object that was laid out first
  ASSERT_EQ(good.compare(header, 2, std::string("\1\0", 2)), 0);
  std::vector<Patch> patches = {
      {"a version of the future", first, 0, 8, le(9, 1)},
      {"offsets of 4 bytes", first, 0, 13, le(4, 1)},
      {"lengths of 4 bytes", first, 0, 14, le(4, 1)},
      {"leaves of no room", first, 0, 16, le(0, 2)},
      {"leaves of too much room", first, 0, 16, le(0xFFFF, 2)},
      {"nodes of too much room", first, 0, 18, le(0xFFFF, 2)},
      {"a file that was not closed", first, 0, 20, le(1, 4)},
      {"another base", first, 0, 24, le(8, 8)},
      {"a list of free space", first, 0, 32, le(96, 8)},
      {"a longer file", first, 0, 40, le(good.size() + 1, 8)},
      {"a shorter file", first, 0, 40, le(good.size() - 1, 8)},
      {"a driver", first, 0, 48, le(96, 8)},
      {"a root outside", first, 0, 64, le(good.size(), 8)},
      {"a root nowhere", first, 0, 64, le(kUndefined, 8)},
      {"the superblock as root", first, 0, 64, le(0, 8)},
      {"an array as root", first, 0, 64, le(header, 8)},
      {"a soft link as root", first, 0, 72, le(2, 4)},
      {"another tree than the root's", first, 0, 80, le(96, 8)},
      {"another heap than the root's", first, 0, 88, le(96, 8)},
      {"a tree of chunks", "TREE", 0, 4, le(1, 1)},
      {"a tree of 200 levels", "TREE", 0, 5, le(200, 1)},
      {"a node of too many children", "TREE", 0, 6, le(33, 2)},
      {"a node of no children", "TREE", 0, 6, le(0, 2)},
      {"a left neighbour", "TREE", 0, 8, le(96, 8)},
      {"a right neighbour", "TREE", 0, 16, le(96, 8)},
      {"a key outside the names", "TREE", 0, 40, le(1 << 20, 8)},
      {"another last name", "TREE", 0, 40, le(0, 8)},
      {"a child outside", "TREE", 0, 32, le(good.size(), 8)},
      {"a child that is the root", "TREE", 0, 32, root},
      {"a leaf of the future", "SNOD", 0, 4, le(2, 1)},
      {"a leaf of too many entries", "SNOD", 0, 6, le(9, 2)},
      {"a leaf of no entries", "SNOD", 0, 6, le(0, 2)},
      {"a name outside", "SNOD", 0, 8, le(1 << 20, 8)},
      {"an empty name", "SNOD", 0, 8, le(0, 8)},
      {"a circle", "SNOD", 0, 16, root},
      {"an object outside", "SNOD", 0, 16, le(good.size() - 1, 8)},
      {"an object beyond 2^63", "SNOD", 0, 16, le(kUndefined - 8, 8)},
      {"a soft link", "SNOD", 0, 24, le(2, 4)},
      {"an entry of the future", "SNOD", 0, 24, le(3, 4)},
      {"a heap of the future", "HEAP", 0, 4, le(1, 1)},
      {"names of too many bytes", "HEAP", 0, 8, le(good.size(), 8)},
      {"names of 2^64 bytes", "HEAP", 0, 8, le(kUndefined, 8)},
      {"a free list outside", "HEAP", 0, 16, le(1 << 20, 8)},
      {"names outside", "HEAP", 0, 24, le(good.size(), 8)},
      {"names in the superblock", "HEAP", 0, 24, le(0, 8)},
      {"a global heap of no bytes", "GCOL", 0, 8, le(0, 8)},
      {"a global heap larger than the file", "GCOL", 0, 8, le(1 << 30, 8)},
      {"an object of a heap twice", "GCOL", 0, 40, le(1, 2)},
      {"an object of a heap of 2^64 bytes", "GCOL", 0, 24, le(kUndefined, 8)},
      {"an object that nobody uses any more", "GCOL", 0, 16, le(9, 2)},
      {"a longer object", "GCOL", 0, 24, le(7, 8)},
      {"an object used twice", "GCOL", 0, 18, le(2, 2)},
      {"an object's header of the future", type, 0, -48, le(3, 1)},
      {"messages that are not there", type, 0, -46, le(9, 2)},
      {"a message fewer", type, 0, -46, le(3, 2)},
      {"an object of two names", type, 0, -44, le(2, 4)},
      {"a header beyond the file", type, 0, -40, le(0xFFFFFFF0, 4)},
      {"a message of no multiple of 8", type, 0, 2, le(23, 2)},
      {"a message beyond its header", type, 0, 2, le(0xFFF8, 2)},
      {"a shared message", type, 0, 4, le(2, 1)},
      {"a message of the future", type, 0, 0, le(0x7FFF, 2)},
      {"no type", type, 0, 0, le(0, 2)},
      {"a type of the future", type, 0, 8, le(0x71, 1)},
      {"a class of the future", type, 0, 8, le(0x1F, 1)},
      {"elements of no bytes", type, 0, 12, le(0, 4)},
      {"elements of 4 GiB", type, 0, 12, le(0xFFFFFFFF, 4)},
      {"half the elements", type, 0, 12, le(2, 4)},
      {"another mantissa", type, 0, 20, le(22, 1)},
      {"a rank of 33", space, 0, 9, le(33, 1)},
      {"a rank too large for its message", space, 0, 9, le(30, 1)},
      {"a permutation", space, 0, 10, le(2, 1)},
      {"more rows", space, 0, 16, le(3, 8)},
      {"2^63 rows", space, 0, 16, le(std::uint64_t{1} << 63, 8)},
      {"2^62 rows", space, 0, 16, le(std::uint64_t{1} << 62, 8)},
      {"no rows of 2^62", space, 0, 16, le(0, 8) + le(std::uint64_t{1} << 62, 8)},
      {"a layout of the past", layout, 0, 8, le(1, 1)},
      {"a virtual array", layout, 0, 9, le(3, 1)},
      {"a layout of the future", layout, 0, 9, le(4, 1)},
      {"chunks that are not there", layout, 0, 9, le(2, 1)},
      {"data outside", layout, 0, 10, le(good.size(), 8)},
      {"data in the superblock", layout, 0, 10, le(0, 8)},
      {"data of another array", layout, 0, 10,
       good.substr(good.find(layout, good.find(layout) + 1) + 10, 8)},
      {"data that was never written", layout, 0, 10, le(kUndefined, 8)},
      {"data of other bytes", layout, 0, 18, le(15, 8)},
      {"an attribute of the future", text_attribute, 0, -8, le(9, 1)},
      {"a shared type of an attribute", text_attribute, 0, -7, le(1, 1)},
      {"an attribute without a name", text_attribute, 0, -6, le(0, 2)},
      {"a longer name of an attribute", text_attribute, 0, -6, le(6, 2)},
      {"a type beyond its attribute", text_attribute, 0, -4, le(0xFFF0, 2)},
      {"a dataspace beyond its attribute", text_attribute, 0, -2, le(0xFFF0, 2)},
      {"a string of another length", text_attribute, 0, 40, le(4, 4)},
      {"a string elsewhere", text_attribute, 0, 44, le(good.size(), 8)},
      {"a string in no heap", text_attribute, 0, 44, le(96 + 8, 8)},
      {"a string of another object", text_attribute, 0, 52, le(99, 4)},
      {"a string of index 2^16", text_attribute, 0, 52, le(0x10001, 4)}};
  expect_refused(good, described_hdf5, patches);
}

}  // namespace
}  // namespace keratin::formats::hdf5
