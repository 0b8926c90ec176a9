// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/shape.h"
#include "keratin/formats/array.h"
#include "keratin/formats/sink.h"

namespace keratin::formats::hdf5 {

/// Builds an HDF5 file as h5py writes it by default: what libhdf5 of any age reads. First all
/// groups, arrays and attributes are named; then write() writes it, from its begin to its end. The
/// same calls give the same bytes. Arrays lie in one piece, at multiples of 64.
///
/// Paths are "layers/dense/vars/0"; groups on the way are made; "" is the root. Members throw
/// std::invalid_argument for a path that is taken, is no path, or leads through an array.
class Writer {
 public:
  /// Writes the elements of an array, all its bytes and no more.
  using Fill = std::function<void(Sink&)>;

  Writer();
  ~Writer();
  Writer(Writer&&) noexcept;
  Writer& operator=(Writer&&) noexcept;

  /// A group; nothing happens where it is there.
  void group(std::string_view path);
  /// An array. A bfloat16 one gets the attribute dtype by which Keras knows it.
  void array(std::string_view path, const Shape& shape, Element element, Fill fill);
  /// The same of elements in memory, which must outlive write().
  void array(std::string_view path, const Shape& shape, Element element,
             std::span<const std::byte> data);

  /// Attributes of a group or array that is there. Lists of strings too long for one attribute
  /// become name0, name1 ..., as Keras splits them; an empty list is one of numbers, as NumPy has
  /// it.
  void text(std::string_view path, std::string_view name, std::string_view text);
  void texts(std::string_view path, std::string_view name, const std::vector<std::string>& texts);
  void numbers(std::string_view path, std::string_view name, const Shape& shape, Element element,
               std::span<const std::byte> data);

  /// Bytes of the whole file. Nothing may be added behind this call.
  std::uint64_t size();
  /// Writes the file. Throws std::logic_error where a Fill writes more or less than its array has.
  void write(Sink& sink);

 private:
  struct Plan;
  std::unique_ptr<Plan> plan_;
};

}  // namespace keratin::formats::hdf5
