// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "keratin/formats/sink.h"

namespace keratin::formats {

/// Writes a zip archive of stored members whose bytes begin at multiples of 64, so that what lies
/// in them can be mapped. The same members give the same bytes.
class ZipWriter {
 public:
  static constexpr std::uint64_t kAlignment = 64;

  /// Writes to `sink` from where it is, which must be its begin.
  explicit ZipWriter(Sink& sink) : sink_(sink) {}

  /// Adds a member. Throws std::invalid_argument for a name that is there, or that ZipArchive
  /// refuses.
  void add(const std::string& name, std::string_view data);
  /// The same of `size` bytes, which `fill` writes to the sink that it is given. Throws
  /// std::logic_error where it writes more or less.
  void add(const std::string& name, std::uint64_t size, const std::function<void(Sink&)>& fill);
  /// Writes the directory.
  void finish();

 private:
  struct Entry {
    std::string name;
    std::uint32_t checksum;
    std::uint64_t size;
    std::uint64_t header;
  };
  Sink& sink_;
  std::vector<Entry> entries_;
  std::unordered_set<std::string> names_;
};

}  // namespace keratin::formats
