// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/safetensors.h"

#include <algorithm>
#include <numeric>

#include "keratin/base/config.h"
#include "keratin/base/error.h"
#include "keratin/base/format_error.h"
#include "keratin/base/utf8.h"
#include "keratin/formats/checked.h"
#include "keratin/formats/json.h"
#include "keratin/formats/little_endian.h"
#include "keratin/formats/reader.h"

namespace keratin::formats {
namespace {

constexpr std::string_view kSafetensors = "safetensors";
constexpr std::uint64_t kLengthSize = 8;
constexpr std::uint64_t kAlignment = 64;
/// A description of 20,000 arrays has 2 MB; what JSON takes in memory is a few times its text.
constexpr std::uint64_t kMostDescription = 8'000'000;
constexpr std::size_t kMostValues = 400'000;
constexpr std::string_view kMetadata = "__metadata__";

constexpr std::pair<std::string_view, Element> kNames[] = {
    {"BOOL", Element::kBool},   {"I8", Element::kInt8},       {"U8", Element::kUint8},
    {"I16", Element::kInt16},   {"U16", Element::kUint16},    {"I32", Element::kInt32},
    {"U32", Element::kUint32},  {"I64", Element::kInt64},     {"U64", Element::kUint64},
    {"F16", Element::kFloat16}, {"BF16", Element::kBfloat16}, {"F32", Element::kFloat32},
    {"F64", Element::kFloat64}};

/// An entry of the description: {"dtype", "shape", "data_offsets"}.
struct Entry {
  Shape shape;
  Element element;
  std::uint64_t begin;
  std::uint64_t end;
};

[[noreturn]] void refuse(const Bytes& bytes, std::string_view name, std::string_view expected) {
  bytes.fail(kSafetensors, kLengthSize, std::string(expected), in_quotes(name));
}

std::uint64_t number_of(const Bytes& bytes, std::string_view name, const Config& value) {
  if (!value.is_int() || value.as_int() < 0) refuse(bytes, name, "sizes and places from 0 on");
  return static_cast<std::uint64_t>(value.as_int());
}

Entry entry_of(const Bytes& bytes, std::string_view name, const Config& config) {
  const Config* dtype = config.find("dtype");
  const Config* shape = config.find("shape");
  const Config* offsets = config.find("data_offsets");
  if (dtype == nullptr || shape == nullptr || offsets == nullptr || !dtype->is_string() ||
      !shape->is_list() || !offsets->is_list() || offsets->as_list().size() != 2 ||
      config.as_dict().size() != 3 || shape->as_list().size() > 32) {
    refuse(bytes, name, "dtype, shape and data_offsets of each array");
  }
  Entry entry = {};
  const auto* known = std::find_if(std::begin(kNames), std::end(kNames), [&](const auto& pair) {
    return pair.first == dtype->as_string();
  });
  if (known == std::end(kNames)) {
    refuse(bytes, str(name, ": ", dtype->as_string()), "a known dtype");
  }
  entry.element = known->second;
  std::uint64_t size = size_of(entry.element);
  for (const Config& dim : shape->as_list()) {
    const std::uint64_t value = number_of(bytes, name, dim);
    size = product(size, value);
    entry.shape.push_back(dim.as_int());
  }
  // A zero among the sizes makes no other one harmless: their product is a stride.
  std::uint64_t others = 1;
  for (const std::int64_t dim : entry.shape) {
    others = product(others, static_cast<std::uint64_t>(std::max<std::int64_t>(dim, 1)));
  }
  entry.begin = number_of(bytes, name, offsets->as_list()[0]);
  entry.end = number_of(bytes, name, offsets->as_list()[1]);
  if (others >= std::uint64_t{1} << 62 || entry.end < entry.begin ||
      entry.end - entry.begin != size) {
    refuse(bytes, name, "as many bytes of each array as its shape has");
  }
  return entry;
}

Config description_of(const Bytes& bytes, std::uint64_t size) {
  const Bytes text = bytes.part(kLengthSize, size);
  if (text.text().substr(0, 1) != "{") {
    bytes.fail(kSafetensors, kLengthSize, "a description in JSON", "other bytes");
  }
  try {
    return parse_json(text.text(), kMostValues);
  } catch (const std::runtime_error& error) {
    bytes.fail(kSafetensors, kLengthSize, "a description in JSON", error.what());
  }
}

std::string_view name_of(Element element) {
  for (const auto& [name, known] : kNames) {
    if (known == element) return name;
  }
  return "";
}

}  // namespace

Safetensors Safetensors::open(Bytes bytes, const Limits& limits) {
  Reader reader(bytes, kSafetensors);
  const std::uint64_t size = reader.u64("length of the description");
  if (size > kMostDescription || size > reader.left()) {
    reader.fail_at(
        0, str("a description of ", std::min(kMostDescription, reader.left()), " bytes at most"),
        str(size));
  }
  const Config description = description_of(bytes, size);
  const std::uint64_t data = kLengthSize + size;
  Safetensors file;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> places;
  for (const auto& [name, value] : description.as_dict()) {
    if (name.size() > limits.name_bytes || !value.is_dict()) {
      refuse(bytes, name, "an entry of an array, of a name that is not too long");
    }
    if (name == kMetadata) {
      for (const auto& [key, text] : value.as_dict()) {
        if (!text.is_string()) refuse(bytes, key, "metadata of strings");
        file.metadata_.emplace_back(key, text.as_string());
      }
      continue;
    }
    const Entry entry = entry_of(bytes, name, value);
    if (!fits(entry.begin, entry.end - entry.begin, bytes.size() - data)) {
      refuse(bytes, name, str("arrays inside of ", bytes.size() - data, " bytes"));
    }
    file.arrays_.emplace_back(name, Array{entry.shape, entry.element,
                                          bytes.part(data + entry.begin, entry.end - entry.begin)});
  }
  auto& arrays = file.arrays_;
  std::stable_sort(arrays.begin(), arrays.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second.bytes.data(), a.second.bytes.size()) <
           std::pair(b.second.bytes.data(), b.second.bytes.size());
  });
  std::uint64_t end = data;
  for (const auto& [name, array] : arrays) {
    if (array.bytes.offset() - bytes.offset() != end) {
      refuse(bytes, name, str("arrays one behind another, the next at ", end));
    }
    end += array.bytes.size();
  }
  if (end != bytes.size()) reader.fail_at(end, "the end of the file", "bytes of no array");
  file.by_name_.resize(arrays.size());
  std::iota(file.by_name_.begin(), file.by_name_.end(), std::size_t{0});
  std::sort(file.by_name_.begin(), file.by_name_.end(),
            [&](std::size_t a, std::size_t b) { return arrays[a].first < arrays[b].first; });
  return file;
}

const Array* Safetensors::find(std::string_view name) const {
  const auto found = std::lower_bound(
      by_name_.begin(), by_name_.end(), name,
      [&](std::size_t i, std::string_view wanted) { return arrays_[i].first < wanted; });
  if (found == by_name_.end() || arrays_[*found].first != name) return nullptr;
  return &arrays_[*found].second;
}

void SafetensorsWriter::array(const std::string& name, const Shape& shape, Element element,
                              Fill fill) {
  const bool is_there = std::any_of(arrays_.begin(), arrays_.end(),
                                    [&](const Planned& other) { return other.name == name; });
  if (is_there || name == kMetadata || !utf8::is_valid(name) || name.size() > 4096) {
    invalid_argument(kSafetensors, "a name of its own, in UTF-8. Received: ", in_quotes(name));
  }
  const std::uint64_t bytes = product(static_cast<std::uint64_t>(shape.size()), size_of(element));
  arrays_.push_back({name, shape, element, bytes, std::move(fill)});
}

void SafetensorsWriter::metadata(const std::string& name, const std::string& text) {
  metadata_.emplace_back(name, text);
}

void SafetensorsWriter::write(Sink& sink) {
  // Large elements first: then each begins at a multiple of its own size.
  std::stable_sort(arrays_.begin(), arrays_.end(), [](const Planned& a, const Planned& b) {
    return size_of(a.element) > size_of(b.element);
  });
  Config::Dict description;
  if (!metadata_.empty()) {
    Config::Dict texts;
    for (const auto& [name, text] : metadata_) texts.emplace_back(name, Config(text));
    description.emplace_back(std::string(kMetadata), Config(std::move(texts)));
  }
  std::uint64_t at = 0;
  for (const Planned& array : arrays_) {
    Config::List shape;
    for (const std::int64_t dim : array.shape) shape.emplace_back(dim);
    Config::Dict entry;
    entry.emplace_back("dtype", Config(name_of(array.element)));
    entry.emplace_back("shape", Config(std::move(shape)));
    Config::List offsets;
    offsets.emplace_back(static_cast<std::int64_t>(at));
    offsets.emplace_back(static_cast<std::int64_t>(at + array.bytes));
    entry.emplace_back("data_offsets", Config(std::move(offsets)));
    description.emplace_back(array.name, Config(std::move(entry)));
    at += array.bytes;
  }
  std::string text = dump_json(Config(std::move(description)));
  text.append((kAlignment - (kLengthSize + text.size()) % kAlignment) % kAlignment, ' ');
  if (text.size() > kMostDescription) {
    invalid_argument(kSafetensors, "a description of ", kMostDescription,
                     " bytes at most. Received: ", text.size());
  }
  LittleEndian length;
  length.u64(text.size());
  sink.write(length.bytes());
  sink.write(text);
  for (const Planned& array : arrays_) {
    const std::uint64_t begin = sink.position();
    array.fill(sink);
    if (sink.position() - begin != array.bytes) {
      wrong_moment(kSafetensors, in_quotes(array.name), " of ", array.bytes, " bytes got ",
                   sink.position() - begin, ".");
    }
  }
}

}  // namespace keratin::formats
