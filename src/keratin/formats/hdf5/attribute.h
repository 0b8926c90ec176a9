// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "keratin/formats/array.h"
#include "keratin/formats/hdf5/header.h"
#include "keratin/formats/hdf5/space.h"
#include "keratin/formats/hdf5/type.h"

namespace keratin::formats::hdf5 {

/// A named value of a group or dataset. Strings are views of the file's bytes.
class Attribute {
 public:
  std::string_view name() const { return name_; }
  const Shape& shape() const { return extent_.shape; }
  bool is_text() const {
    return type_.kind == Type::Kind::kFixedString || type_.kind == Type::Kind::kVariableString;
  }
  /// The strings, without padding. An empty list of numbers is one of strings: NumPy, and so Keras,
  /// writes it so. Throws FormatError for other values.
  const std::vector<std::string_view>& texts() const;
  /// The one string that it is. Throws FormatError.
  std::string_view text() const;
  /// The numbers. Throws FormatError for other values.
  Array array() const;

 private:
  friend class AttributeReader;
  [[noreturn]] void refuse(std::string_view wanted) const;

  std::string_view name_;
  Type type_;
  Extent extent_;
  Bytes bytes_;
  std::vector<std::string_view> texts_;
};

/// Objects of global heaps, where strings of any length lie. Each collection is read once, and each
/// object belongs to one string.
class GlobalHeaps {
 public:
  explicit GlobalHeaps(Space& space) : space_(space) {}
  /// The `length` bytes of object `index` of the collection at `address`; `at` is where that
  /// stands.
  std::string_view take(std::uint64_t at, std::uint64_t address, std::uint32_t index,
                        std::uint64_t length);

 private:
  struct Object {
    Bytes bytes;
    bool is_taken = false;
  };
  using Collection = std::map<std::uint16_t, Object>;
  const Collection& read(std::uint64_t address);

  Space& space_;
  std::map<std::uint64_t, Collection> collections_;
};

/// Reads attribute messages.
class AttributeReader {
 public:
  AttributeReader(Space& space, GlobalHeaps& heaps) : space_(space), heaps_(heaps) {}
  /// All attributes of an object, by name.
  std::vector<Attribute> read(const std::vector<Message>& messages);

 private:
  Attribute read_one(const Bytes& body);
  void read_texts(Attribute& attribute);
  Space& space_;
  GlobalHeaps& heaps_;
};

/// Numbers as they are here: those of a big-endian file are copied.
Array array_of(const Type& type, const Shape& shape, const Bytes& bytes);

}  // namespace keratin::formats::hdf5
