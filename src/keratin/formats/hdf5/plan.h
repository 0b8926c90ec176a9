// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "keratin/formats/hdf5/writer.h"
#include "keratin/formats/little_endian.h"

namespace keratin::formats::hdf5 {

/// A value of an object that is to be written: strings, or numbers.
struct PlannedAttribute {
  std::string name;
  bool is_scalar = true;
  std::vector<std::string> texts;  // or
  bool is_text = false;
  Shape shape;
  Element element = Element::kFloat64;
  std::string data;
};

/// A group or an array that is to be written.
struct PlannedObject {
  std::map<std::string, std::size_t, std::less<>> children;
  std::vector<PlannedAttribute> attributes;
  bool is_array = false;
  Shape shape;
  Element element = Element::kFloat32;
  std::uint64_t bytes = 0;
  Writer::Fill fill;
  std::uint64_t header = 0;  // where they will lie
  std::uint64_t data = 0;
};

/// Lays a file out: everything but the elements, which follow it.
class Layout {
 public:
  explicit Layout(std::vector<PlannedObject>& objects) : objects_(objects) {}

  /// Sets where each object and its data lie, and gives all bytes before the first data.
  std::string lay_out();
  /// Of the whole file.
  std::uint64_t size() const { return size_; }

 private:
  struct GroupPlaces {
    std::uint64_t tree;
    std::uint64_t heap;
  };

  void put_strings();
  void put_object(PlannedObject& object);
  GroupPlaces put_group(const PlannedObject& group);
  std::uint64_t put_tree(const std::vector<std::uint64_t>& leaves,
                         const std::vector<std::uint64_t>& keys);
  void put_array_messages(LittleEndian& messages, const PlannedObject& array);
  void put_attribute(LittleEndian& messages, const PlannedAttribute& attribute);
  void put_superblock();
  void place_data();

  std::vector<PlannedObject>& objects_;
  LittleEndian out_;
  struct String {
    std::uint64_t heap;
    std::uint32_t index;
  };
  std::vector<String> strings_;  // of all attributes, in the order of put_strings
  std::size_t next_string_ = 0;
  std::vector<std::pair<std::size_t, std::uint64_t>>
      data_places_;  // array, where its address stands
  GroupPlaces root_ = {};
  std::uint64_t size_ = 0;
};

}  // namespace keratin::formats::hdf5
