// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/limits.h"
#include "keratin/formats/array.h"
#include "keratin/formats/bytes.h"
#include "keratin/formats/hdf5/attribute.h"

namespace keratin::formats::hdf5 {

struct Tree;

/// A group or a dataset of an open file. Keeps the file's bytes alive; cheap to copy. Threads:
/// const.
class Object {
 public:
  /// Of a group its name in its parent; of the root nothing. A view of the file's bytes.
  std::string_view name() const;
  /// "/layers/dense/vars/0"; of the root "/".
  std::string path() const;
  bool is_group() const { return !is_dataset(); }
  bool is_dataset() const;

  // -- a group: its children in the order of their names' bytes: "10" before "2" ------------------
  std::size_t size() const;
  /// Throws std::out_of_range.
  Object child(std::size_t index) const;
  /// The object at `path` below this one, "vars/0"; nothing where there is none.
  std::optional<Object> find(std::string_view path) const;

  // -- attributes, of both ------------------------------------------------------------------------
  const std::vector<Attribute>& attributes() const;
  /// Null where there is none.
  const Attribute* attribute(std::string_view name) const;
  /// The string attribute of that name; nothing where there is none. Throws FormatError where it is
  /// no string.
  std::optional<std::string_view> text(std::string_view name) const;
  /// The strings of the attribute of that name, or of name0, name1 ... one behind another, as Keras
  /// splits lists above 64 kB; nothing where there is neither. Throws FormatError.
  std::optional<std::vector<std::string_view>> texts(std::string_view name) const;

  // -- a dataset ----------------------------------------------------------------------------------
  /// Its shape, without reading it. Throws std::logic_error for a group.
  const Shape& shape() const;
  /// Its numbers: a part of the file's bytes, unless it lies in chunks or big-endian. Throws
  /// FormatError where it holds something else than numbers.
  Array array() const;

  /// Throws FormatError that names this object.
  [[noreturn]] void fail(std::string expected, std::string found) const;

 private:
  friend Object open(Bytes bytes, const Limits& limits);
  Object(std::shared_ptr<const Tree> tree, std::size_t index)
      : tree_(std::move(tree)), index_(index) {}

  std::shared_ptr<const Tree> tree_;
  std::size_t index_;
};

/// Opens an HDF5 file as Keras, h5py and libhdf5 write it: docs/formats/hdf5.md says what is read
/// and what is refused. All groups and attributes are read and held against each other; of arrays
/// nothing but where they lie. Throws FormatError.
Object open(Bytes bytes, const Limits& limits = {});

}  // namespace keratin::formats::hdf5
