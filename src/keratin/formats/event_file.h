// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "keratin/formats/protobuf.h"

namespace keratin::formats {

/// CRC-32C (Castagnoli), as files of TFRecords have it.
std::uint32_t crc32c(std::string_view data);

/// A file of events, which TensorBoard reads: records of TFRecord, each an Event of Protocol
/// Buffers with one value of a Summary, and the time. What is put is in the file after flush(). All
/// members throw FileError that names the file. Source: tensorflow/core/util/event.proto,
/// framework/summary.proto and lib/io/record_writer.h of TensorFlow.
class EventFile {
 public:
  /// A new file in `folder`, which is made where it is not there, under a name that is its own:
  /// "events.out.tfevents.<seconds>.<machine>.<process>.<number>.v2".
  explicit EventFile(const std::string& folder);

  const std::string& path() const { return path_; }

  /// A float32. TensorFlow: `tf.summary.scalar`.
  void scalar(std::string_view tag, std::int64_t step, double value);
  /// How the values are distributed: 30 buckets of equal width from the least to the greatest, each
  /// with its edges and how many lie in it; those that are not finite lie in none. TensorFlow:
  /// `tf.summary.histogram`.
  void histogram(std::string_view tag, std::int64_t step, std::span<const float> values);
  /// A text for the plugin of that name.
  void text(std::string_view tag, std::int64_t step, std::string_view plugin,
            std::string_view plugin_content, std::string_view text);
  void flush();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  void summary(std::string_view tag, std::int64_t step, const ProtobufMessage& metadata,
               const ProtobufMessage& tensor);
  void record(const ProtobufMessage& event);
  [[noreturn]] void fail(std::string_view action) const;

  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace keratin::formats
