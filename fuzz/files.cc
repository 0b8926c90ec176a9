// SPDX-License-Identifier: Apache-2.0
#include "fuzz/files.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "keratin/base/format_error.h"
#include "keratin/formats/crc32.h"
#include "keratin/formats/hdf5/file.h"
#include "keratin/formats/hdf5/space.h"
#include "keratin/formats/hdf5/superblock.h"
#include "keratin/formats/hdf5/writer.h"
#include "keratin/formats/inflate.h"
#include "keratin/formats/kind.h"
#include "keratin/formats/npy.h"
#include "keratin/formats/safetensors.h"
#include "keratin/formats/word_vectors.h"
#include "keratin/formats/zip.h"
#include "keratin/formats/zip_writer.h"

namespace keratin::fuzz {
namespace {

using formats::Bytes;
using formats::hdf5::kSignature;

/// Reads every byte of it, so that the sanitizers see where it lies.
void touch(const Bytes& bytes) {
  if (formats::checksum(bytes.span()) == 1) std::puts("seldom");
}

/// Other values than numbers, or of other shapes, are refused one by one: the rest is read.
template <class Read>
void read_one(Read&& read) {
  try {
    read();
  } catch (const FormatError&) {
  }
}

void read_object(const formats::hdf5::Object& object) {
  for (const auto& attribute : object.attributes()) {
    read_one([&] {
      for (const std::string_view text : attribute.texts()) {
        touch(Bytes::view(std::as_bytes(std::span(text)), ""));
      }
    });
    read_one([&] { touch(attribute.array().bytes); });
    read_one([&] { object.texts(attribute.name()); });
  }
  if (object.is_dataset()) {
    read_one([&] { touch(object.array().bytes); });
    return;
  }
  object.path();
  for (std::size_t i = 0; i < object.size(); ++i) {
    if (!object.find(object.child(i).name())) std::abort();
    read_object(object.child(i));
  }
}

void read_hdf5(const Bytes& bytes) { read_object(formats::hdf5::open(bytes)); }

void read_zip(const Bytes& bytes) {
  const formats::ZipArchive archive = formats::ZipArchive::open(bytes);
  for (const auto& member : archive.members()) {
    const Bytes data = archive.read(member);
    touch(data);
    if (data.text().starts_with(kSignature)) read_hdf5(data);
  }
}

void read_safetensors(const Bytes& bytes) {
  const auto file = formats::Safetensors::open(bytes);
  for (const auto& [name, array] : file.arrays()) touch(array.bytes);
}
void read_npy(const Bytes& bytes) { touch(formats::read_npy(bytes).bytes); }
void read_npz(const Bytes& bytes) {
  for (const auto& [name, array] : formats::read_npz(bytes)) touch(array.bytes);
}
void read_vectors(const Bytes& bytes) {
  formats::WordVectors::open(Bytes::view(bytes.span(), "mutant"))
      .for_each([](std::string_view word, std::span<const float> vector) {
        touch(Bytes::view(std::as_bytes(std::span(word)), ""));
        touch(Bytes::view(std::as_bytes(vector), ""));
      });
}
void read_kind(const Bytes& bytes) { formats::kind_of(bytes); }

constexpr Kind kHdf5 = {"hdf5", read_hdf5};
constexpr Kind kZip = {"zip", read_zip};
constexpr Kind kSafetensors = {"safetensors", read_safetensors};
constexpr Kind kNpy = {"npy", read_npy};
constexpr Kind kNpz = {"npz", read_npz};
constexpr Kind kVectors = {"vectors", read_vectors};
constexpr Kind kAny = {"any", read_kind};

const std::vector<float> kNumbers = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

void write_groups(formats::hdf5::Writer& writer, int count) {
  const auto numbers = std::as_bytes(std::span(kNumbers));
  for (int i = 0; i < count; ++i) {
    const std::string layer = "layers/dense_" + std::to_string(i) + "/vars";
    writer.array(layer + "/0", {3, 4}, formats::Element::kFloat32, numbers);
    writer.array(layer + "/1", {6}, formats::Element::kInt64, numbers);
    writer.text(layer, "name", "dense");
  }
  writer.array("optimizer/vars/0", {}, formats::Element::kInt32, numbers.first(4));
  writer.array("optimizer/vars/1", {12, 2}, formats::Element::kBfloat16, numbers);
  writer.array("none", {0}, formats::Element::kFloat32, numbers.first(0));
  writer.group("vars");
  writer.texts("", "layer_names", {"a", "", "bc"});
  writer.texts("vars", "weight_names", {});
  writer.text("", "model_config", std::string(300, '{'));
}

std::string written(formats::hdf5::Writer& writer) {
  formats::MemorySink sink;
  writer.write(sink);
  return sink.take();
}

std::string hdf5_of(int groups) {
  formats::hdf5::Writer writer;
  write_groups(writer, groups);
  return written(writer);
}

std::string archive() {
  formats::MemorySink sink;
  formats::ZipWriter zip(sink);
  zip.add("metadata.json", R"({"keras_version": "3.16.0"})");
  zip.add("config.json", R"({"module": "keras", "class_name": "Sequential", "config": {}})");
  zip.add("model.weights.h5", hdf5_of(2));
  zip.finish();
  return sink.take();
}

std::string safetensors() {
  formats::MemorySink sink;
  formats::SafetensorsWriter writer;
  writer.metadata("format", "keras");
  for (int i = 0; i < 5; ++i) {
    writer.array("layers/" + std::to_string(i), {3, 4}, formats::Element::kFloat32,
                 [](formats::Sink& out) { out.write(std::as_bytes(std::span(kNumbers))); });
  }
  writer.write(sink);
  return sink.take();
}

std::string npy(const Shape& shape, formats::Element element) {
  const std::size_t size = static_cast<std::size_t>(shape.size()) * size_of(element);
  return formats::npy_header(shape, element) + std::string(size, 'x');
}

std::string binary_vectors() {
  std::string bytes = "2 3\n";
  for (const char* word : {"cat", "dog"}) {
    bytes += word + std::string(" ") +
             std::string(reinterpret_cast<const char*>(kNumbers.data()), 12) + "\n";
  }
  return bytes;
}

std::string npz() {
  formats::MemorySink sink;
  formats::ZipWriter zip(sink);
  zip.add("a.npy", npy({3, 4}, formats::Element::kFloat32));
  zip.add("b/c.npy", npy({}, formats::Element::kInt8));
  zip.finish();
  return sink.take();
}

const Kind* kind_of_name(const std::string& extension, const Bytes& bytes) {
  if (extension == ".npz") return &kNpz;
  switch (formats::kind_of(bytes)) {
    case formats::FileKind::kHdf5:
      return &kHdf5;
    case formats::FileKind::kZip:
      return &kZip;
    case formats::FileKind::kNpy:
      return &kNpy;
    case formats::FileKind::kSafetensors:
      return &kSafetensors;
    default:
      return &kAny;
  }
}

// -- changes
// ----------------------------------------------------------------------------------------

constexpr std::array<std::uint64_t, 14> kOdd = {0,
                                                1,
                                                2,
                                                7,
                                                255,
                                                256,
                                                65'535,
                                                65'536,
                                                0x7FFFFFFF,
                                                0xFFFFFFFF,
                                                1 << 20,
                                                ~std::uint64_t{0},
                                                std::uint64_t{1} << 63,
                                                std::uint64_t{1} << 40};

void put(std::string& bytes, std::size_t at, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size && at + i < bytes.size(); ++i) {
    bytes[at + i] = static_cast<char>(value >> (8 * i));
  }
}

void change(std::string& bytes, Dice& dice) {
  const std::size_t size = bytes.size();
  if (size == 0) return;
  const std::size_t at = below(dice, size);
  const std::size_t width = std::size_t{1} << below(dice, 4);
  switch (below(dice, 9)) {
    case 0:
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(dice, 8)));
      break;
    case 1:
      bytes[at] = static_cast<char>(below(dice, 256));
      break;
    case 2:  // an odd number, or one near what is there, where numbers lie
      put(bytes, at & ~(width - 1), kOdd[below(dice, kOdd.size())], width);
      break;
    case 3:
      put(bytes, at & ~(width - 1), below(dice, size), width);
      break;
    case 4: {
      const std::size_t place = at & ~(width - 1);
      std::uint64_t value = 0;
      std::memcpy(&value, bytes.data() + place, std::min(width, size - place));
      put(bytes, place, value + below(dice, 17) - 8, width);
      break;
    }
    case 5: {  // a structure in place of another
      const std::size_t length = std::min(size, std::size_t{1} << below(dice, 8));
      const std::size_t from = below(dice, size - length + 1), to = below(dice, size - length + 1);
      bytes.replace(to, length, bytes.substr(from, length));
      break;
    }
    case 6:
      if (below(dice, 4) == 0) bytes.resize(at);
      break;
    case 7:
      if (below(dice, 4) == 0) bytes.erase(at, below(dice, 64));
      break;
    default:
      if (below(dice, 4) == 0) bytes.insert(at, bytes.substr(below(dice, size), below(dice, 64)));
  }
}

/// Makes checksums right again, where headers and members are still found.
void mend(std::string& bytes) {
  const auto crc_of = [&](std::size_t at, std::size_t size) {
    return formats::checksum(std::as_bytes(std::span(bytes)).subspan(at, size));
  };
  for (std::size_t at = bytes.find("PK\x03\x04"); at != std::string::npos && at + 30 < bytes.size();
       at = bytes.find("PK\x03\x04", at + 4)) {
    std::uint32_t size = 0;
    std::uint16_t name = 0, extra = 0;
    std::memcpy(&size, bytes.data() + at + 18, 4);
    std::memcpy(&name, bytes.data() + at + 26, 2);
    std::memcpy(&extra, bytes.data() + at + 28, 2);
    const std::size_t begin = at + 30 + name + extra;
    if (begin > bytes.size() || size > bytes.size() - begin) continue;
    std::uint32_t before = 0;
    std::memcpy(&before, bytes.data() + at + 14, 4);
    const std::uint32_t after = crc_of(begin, size);
    put(bytes, at + 14, after, 4);
    for (std::size_t entry = bytes.find("PK\x01\x02");
         entry != std::string::npos && entry + 46 < bytes.size();
         entry = bytes.find("PK\x01\x02", entry + 4)) {
      if (std::memcmp(bytes.data() + entry + 16, &before, 4) == 0) put(bytes, entry + 16, after, 4);
    }
  }
  if (bytes.size() > 48 && bytes[8] >= 2 && bytes[8] <= 3) {
    put(bytes, 44, formats::hdf5::lookup3(std::as_bytes(std::span(bytes)).first(44)), 4);
  }
  for (std::size_t at = bytes.find("OHDR"); at != std::string::npos && at + 16 < bytes.size();
       at = bytes.find("OHDR", at + 4)) {
    const int flags = bytes[at + 5];
    const std::size_t head =
        at + 6 + ((flags & 32) != 0 ? 16U : 0U) + ((flags & 16) != 0 ? 4U : 0U);
    const std::size_t width = std::size_t{1} << (flags & 3);
    std::uint64_t size = 0;
    if (head + width > bytes.size()) continue;
    std::memcpy(&size, bytes.data() + head, width);
    const std::size_t end = head + width + static_cast<std::size_t>(size);
    if (size > bytes.size() || end + 4 > bytes.size()) continue;
    put(bytes, end, formats::hdf5::lookup3(std::as_bytes(std::span(bytes)).subspan(at, end - at)),
        4);
  }
}

}  // namespace

std::vector<Sample> samples() {
  return {{"groups.h5", &kHdf5, hdf5_of(3)},
          {"many.h5", &kHdf5, hdf5_of(40)},
          {"model.keras", &kZip, archive()},
          {"model.safetensors", &kSafetensors, safetensors()},
          {"array.npy", &kNpy, npy({2, 3}, formats::Element::kFloat64)},
          {"arrays.npz", &kNpz, npz()},
          {"glove.txt", &kVectors, "cat 1 -2.5 3e-3\ndog 0.5 0.25 7\n. 1 2 3\n"},
          {"fasttext.vec", &kVectors, "2 2\ncat 1 2 \ndog 3 4 \n"},
          {"word2vec.bin", &kVectors, binary_vectors()},
          {"any.json", &kAny, "{\"class_name\": \"Sequential\"}"}};
}

void for_each_small_file(const std::string& folder,
                         const std::function<void(const std::filesystem::path&, std::string)>& f) {
  constexpr std::uintmax_t kLargest = 200'000;
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && entry.file_size() <= kLargest) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    f(path, {std::istreambuf_iterator<char>(file), {}});
  }
}

void add_folder(std::vector<Sample>& samples, const std::string& folder) {
  for_each_small_file(folder, [&](const std::filesystem::path& path, std::string bytes) {
    try {
      const Kind* const kind =
          kind_of_name(path.extension().string(), Bytes::of(bytes, path.string()));
      samples.push_back({path.filename().string(), kind, std::move(bytes)});
    } catch (const FormatError&) {  // of none of these kinds
    }
  });
}

void write_sample(const Sample& sample, const std::string& folder) {
  std::ofstream(folder + "/" + sample.name, std::ios::binary) << sample.bytes;
}

std::string mutated(const Sample& sample, std::uint64_t seed) {
  Dice dice(seed);
  std::string bytes = sample.bytes;
  const std::size_t changes = 1 + below(dice, 4);
  for (std::size_t i = 0; i < changes; ++i) change(bytes, dice);
  if (below(dice, 2) == 0) mend(bytes);
  return bytes;
}

}  // namespace keratin::fuzz
