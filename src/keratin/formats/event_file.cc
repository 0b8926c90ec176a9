// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/event_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <limits>
#include <vector>

#include <unistd.h>

#include "keratin/base/error.h"
#include "keratin/formats/little_endian.h"

namespace keratin::formats {
namespace {

constexpr std::array<std::uint32_t, 256> kCrc32c = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0x82f63b78u : 0u);
    table[i] = value;
  }
  return table;
}();

/// A checksum of bytes that may hold checksums: TFRecord's.
std::uint32_t masked(std::string_view data) {
  const std::uint32_t crc = crc32c(data);
  return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string machine() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' ? name : "localhost";
}

enum DataType { kFloat = 1, kDouble = 2, kString = 7 };

ProtobufMessage metadata_of(std::string_view plugin, std::string_view content = {}) {
  ProtobufMessage plugin_data;
  plugin_data.bytes(1, plugin);
  if (!content.empty()) plugin_data.bytes(2, content);
  ProtobufMessage metadata;
  metadata.message(1, plugin_data);
  return metadata;
}

/// A TensorProto without its elements.
ProtobufMessage tensor_of(DataType type, std::initializer_list<std::int64_t> shape) {
  ProtobufMessage dims;
  for (const std::int64_t size : shape) {
    ProtobufMessage dim;
    dim.number(1, size);
    dims.message(2, dim);
  }
  ProtobufMessage tensor;
  tensor.number(1, type);
  tensor.message(2, dims);
  return tensor;
}

constexpr std::size_t kBuckets = 30;

struct Bucket {
  double left = 0;
  double right = 0;
  double count = 0;
};

std::array<Bucket, kBuckets> buckets_of(std::span<const float> values) {
  double least = std::numeric_limits<double>::infinity();
  double greatest = -least;
  double count = 0;
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    least = std::min(least, static_cast<double>(value));
    greatest = std::max(greatest, static_cast<double>(value));
    ++count;
  }
  std::array<Bucket, kBuckets> buckets{};
  if (count == 0) return buckets;
  const double range = greatest - least;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    buckets[i].left = least + range * static_cast<double>(i) / kBuckets;
    buckets[i].right =
        i + 1 == kBuckets ? greatest : least + range * static_cast<double>(i + 1) / kBuckets;
  }
  if (range == 0) {
    buckets.back().count = count;
    return buckets;
  }
  const double width = range / kBuckets;
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    const auto at = static_cast<std::size_t>((static_cast<double>(value) - least) / width);
    ++buckets[std::min(at, kBuckets - 1)].count;
  }
  return buckets;
}

}  // namespace

std::uint32_t crc32c(std::string_view data) {
  std::uint32_t crc = ~0u;
  for (const char c : data) crc = crc >> 8 ^ kCrc32c[(crc ^ static_cast<unsigned char>(c)) & 0xff];
  return ~crc;
}

EventFile::EventFile(const std::string& folder) {
  std::error_code ignored;  // what cannot be made cannot be opened
  std::filesystem::create_directories(folder, ignored);
  const std::string start = str("events.out.tfevents.", static_cast<std::int64_t>(now()), ".",
                                machine(), ".", static_cast<std::int64_t>(getpid()), ".");
  constexpr int kTries = 10'000;
  for (int number = 0; number < kTries && !file_; ++number) {
    path_ = (std::filesystem::path(folder) / str(start, number, ".v2")).string();
    file_.reset(std::fopen(path_.c_str(), "wbx"));
    if (!file_ && errno != EEXIST) break;
  }
  if (!file_) fail("open");
  ProtobufMessage event;
  event.real64(1, now());
  event.bytes(3, "brain.Event:2");
  record(event);
}

void EventFile::scalar(std::string_view tag, std::int64_t step, double value) {
  ProtobufMessage tensor = tensor_of(kFloat, {});
  LittleEndian content;
  content.number(static_cast<float>(value));
  tensor.bytes(4, content.bytes());
  summary(tag, step, metadata_of("scalars"), tensor);
}

void EventFile::histogram(std::string_view tag, std::int64_t step, std::span<const float> values) {
  ProtobufMessage tensor = tensor_of(kDouble, {kBuckets, 3});
  LittleEndian content;
  for (const Bucket& bucket : buckets_of(values)) {
    content.number(bucket.left);
    content.number(bucket.right);
    content.number(bucket.count);
  }
  tensor.bytes(4, content.bytes());
  summary(tag, step, metadata_of("histograms"), tensor);
}

void EventFile::text(std::string_view tag, std::int64_t step, std::string_view plugin,
                     std::string_view plugin_content, std::string_view text) {
  ProtobufMessage tensor = tensor_of(kString, {});
  tensor.bytes(8, text);
  summary(tag, step, metadata_of(plugin, plugin_content), tensor);
}

void EventFile::summary(std::string_view tag, std::int64_t step, const ProtobufMessage& metadata,
                        const ProtobufMessage& tensor) {
  ProtobufMessage value;
  value.bytes(1, tag);
  value.message(8, tensor);
  value.message(9, metadata);
  ProtobufMessage values;
  values.message(1, value);
  ProtobufMessage event;
  event.real64(1, now());
  event.number(2, step);
  event.message(5, values);
  record(event);
}

void EventFile::record(const ProtobufMessage& event) {
  LittleEndian length;
  length.u64(event.data().size());
  LittleEndian whole;
  whole.text(length.bytes());
  whole.u32(masked(length.bytes()));
  whole.text(event.data());
  whole.u32(masked(event.data()));
  if (std::fwrite(whole.bytes().data(), 1, whole.bytes().size(), file_.get()) !=
      whole.bytes().size())
    fail("write to");
}

void EventFile::flush() {
  if (std::fflush(file_.get()) != 0) fail("write to");
}

void EventFile::fail(std::string_view action) const {
  const int code = errno;
  throw FileError(
      str("[EventFile] cannot ", action, " the file '", path_, "': ", std::strerror(code)), code);
}

}  // namespace keratin::formats
