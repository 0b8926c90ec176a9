// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/base/limits.h"
#include "keratin/formats/array.h"
#include "keratin/formats/bytes.h"
#include "keratin/formats/sink.h"

namespace keratin::formats {

/// A safetensors file: arrays by name, one behind another, described by a JSON text at the begin.
/// Threads: const.
class Safetensors {
 public:
  /// Reads the description, and holds it against the bytes: the arrays lie one behind another
  /// without a gap. Throws FormatError.
  static Safetensors open(Bytes bytes, const Limits& limits = {});

  /// By the place of their bytes. Every array is a part of the file's bytes.
  const std::vector<std::pair<std::string, Array>>& arrays() const { return arrays_; }
  /// Null where there is none.
  const Array* find(std::string_view name) const;
  /// "__metadata__", a few strings.
  const std::vector<std::pair<std::string, std::string>>& metadata() const { return metadata_; }

 private:
  std::vector<std::pair<std::string, Array>> arrays_;
  std::vector<std::size_t> by_name_;
  std::vector<std::pair<std::string, std::string>> metadata_;
};

/// Writes a safetensors file whose arrays lie at multiples of 64 where their sizes allow it: the
/// format knows no gap between them. The same calls give the same bytes.
class SafetensorsWriter {
 public:
  using Fill = std::function<void(Sink&)>;

  /// Throws std::invalid_argument for a name that is there, or "__metadata__".
  void array(const std::string& name, const Shape& shape, Element element, Fill fill);
  void metadata(const std::string& name, const std::string& text);
  /// Throws std::logic_error where a Fill writes more or less than its array has.
  void write(Sink& sink);

 private:
  struct Planned {
    std::string name;
    Shape shape;
    Element element;
    std::uint64_t bytes;
    Fill fill;
  };
  std::vector<Planned> arrays_;
  std::vector<std::pair<std::string, std::string>> metadata_;
};

}  // namespace keratin::formats
