// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/hdf5/plan.h"

#include <algorithm>
#include <bit>

#include "keratin/formats/checked.h"
#include "keratin/formats/hdf5/header.h"
#include "keratin/formats/hdf5/space.h"
#include "keratin/formats/hdf5/superblock.h"
#include "keratin/formats/hdf5/symbol_table.h"
#include "keratin/formats/hdf5/written_type.h"

/// The same sections of the specification as the readers name.
namespace keratin::formats::hdf5 {
namespace {

constexpr std::uint64_t kSuperblockSize = 96;
constexpr std::uint64_t kLeafHalf = 4;
constexpr std::uint64_t kNodeHalf = 16;
constexpr std::uint64_t kAlignment = 64;
constexpr std::uint64_t kSmallestHeap = 4096;
constexpr std::uint64_t kLayoutSize = 18;
constexpr std::size_t kMostStrings = 60'000;  // of a global heap: an index has 16 bits

void put_entry(LittleEndian& out, std::uint64_t name, std::uint64_t header, std::uint32_t cached,
               std::uint64_t tree, std::uint64_t heap) {
  out.u64(name);
  out.u64(header);
  out.u32(cached);
  out.u32(0);
  out.u64(tree);
  out.u64(heap);
}

void put_message(LittleEndian& messages, MessageKind kind, std::uint8_t flags,
                 const std::string& body) {
  messages.u16(static_cast<std::uint16_t>(kind));
  messages.u16(static_cast<std::uint16_t>(aligned(body.size(), 8)));
  messages.u8(flags);
  messages.zeros(3);
  messages.text(body);
  messages.align(8);
}

std::uint16_t count_messages(const PlannedObject& object) {
  return static_cast<std::uint16_t>((object.is_array ? 4 : 1) + object.attributes.size());
}

}  // namespace

std::string Layout::lay_out() {
  out_.zeros(kSuperblockSize);
  put_strings();
  // Children stand behind their parents in the list: from its end on their places are known.
  next_string_ = strings_.size();
  for (std::size_t i = objects_.size(); i-- > 0;) {
    for (const PlannedAttribute& attribute : objects_[i].attributes) {
      next_string_ -= attribute.texts.size();
    }
    const std::size_t first = next_string_;
    put_object(objects_[i]);
    next_string_ = first;
  }
  place_data();
  put_superblock();
  return out_.bytes();
}

/// All strings, in one heap or a few.
void Layout::put_strings() {
  std::vector<const std::string*> texts;
  std::vector<std::size_t> places;
  for (const PlannedObject& object : objects_) {
    for (const PlannedAttribute& attribute : object.attributes) {
      for (const std::string& text : attribute.texts) {
        strings_.push_back({0, 0});
        if (text.empty()) continue;  // it has no place
        texts.push_back(&text);
        places.push_back(strings_.size() - 1);
      }
    }
  }
  for (std::size_t first = 0; first < texts.size(); first += kMostStrings) {
    const std::size_t last = std::min(texts.size(), first + kMostStrings);
    std::uint64_t size = 16;
    for (std::size_t i = first; i < last; ++i) size += 16 + aligned(texts[i]->size(), 8);
    // What is free has a head of 16 bytes, too.
    const std::uint64_t whole = size < kSmallestHeap - 16 ? kSmallestHeap : size;
    const std::uint64_t heap = out_.size();
    out_.text("GCOL");
    out_.u8(1);
    out_.zeros(3);
    out_.u64(whole);
    for (std::size_t i = first; i < last; ++i) {
      const auto index = static_cast<std::uint16_t>(i - first + 1);
      out_.u16(index);
      out_.u16(1);
      out_.u32(0);
      out_.u64(texts[i]->size());
      out_.text(*texts[i]);
      out_.align(8);
      strings_[places[i]] = {heap, index};
    }
    if (whole > size) {
      out_.u64(0);
      out_.u64(whole - size);
      out_.zeros(whole - size - 16);
    }
  }
}

void Layout::put_object(PlannedObject& object) {
  LittleEndian messages;
  std::uint64_t address_at = 0;  // in the messages
  if (object.is_array) {
    put_array_messages(messages, object);
    address_at = messages.size() - aligned(kLayoutSize, 8) + 2;
  } else {
    const GroupPlaces places = put_group(object);
    LittleEndian body;
    body.u64(places.tree);
    body.u64(places.heap);
    put_message(messages, MessageKind::kSymbolTable, 0, body.bytes());
    root_ = places;  // the root comes last
  }
  for (const PlannedAttribute& attribute : object.attributes) put_attribute(messages, attribute);
  object.header = out_.size();
  out_.u8(1);
  out_.u8(0);
  out_.u16(count_messages(object));
  out_.u32(1);
  out_.u32(static_cast<std::uint32_t>(messages.size()));
  out_.u32(0);
  if (object.is_array) {
    data_places_.emplace_back(static_cast<std::size_t>(&object - objects_.data()),
                              out_.size() + address_at);
  }
  out_.text(messages.bytes());
}

/// Names in a heap, entries in leaves of eight, and a tree above them.
Layout::GroupPlaces Layout::put_group(const PlannedObject& group) {
  LittleEndian names;
  names.zeros(8);  // the empty name, before all others
  std::vector<std::uint64_t> leaves;
  std::vector<std::uint64_t> keys = {0};
  auto child = group.children.begin();
  while (child != group.children.end()) {
    const auto left = static_cast<std::uint64_t>(std::distance(child, group.children.end()));
    const std::uint64_t count = std::min<std::uint64_t>(2 * kLeafHalf, left);
    leaves.push_back(out_.size());
    out_.text("SNOD");
    out_.u8(1);
    out_.u8(0);
    out_.u16(static_cast<std::uint16_t>(count));
    for (std::uint64_t i = 0; i < count; ++i, ++child) {
      const std::uint64_t name = names.size();
      names.text(child->first);
      names.u8(0);
      names.align(8);
      put_entry(out_, name, objects_[child->second].header, 0, 0, 0);
      if (i + 1 == count) keys.push_back(name);
    }
    out_.zeros((2 * kLeafHalf - count) * kEntrySize);
  }
  GroupPlaces places = {};
  places.tree = put_tree(leaves, keys);
  places.heap = out_.size();
  out_.text("HEAP");
  out_.zeros(4);
  out_.u64(names.size());
  out_.u64(1);  // nothing is free
  out_.u64(places.heap + 32);
  out_.text(names.bytes());
  return places;
}

/// Level above level, until one node has all. Of n children there are n + 1 keys around them.
std::uint64_t Layout::put_tree(const std::vector<std::uint64_t>& leaves,
                               const std::vector<std::uint64_t>& leaf_keys) {
  std::vector<std::uint64_t> children = leaves, keys = leaf_keys;
  const std::uint64_t room = 2 * kNodeHalf;
  const std::uint64_t node_size = 24 + room * 8 + (room + 1) * 8;
  for (std::uint8_t level = 0;; ++level) {
    std::vector<std::uint64_t> nodes, node_keys = {keys.front()};
    const std::size_t count = std::max<std::size_t>(1, (children.size() + room - 1) / room);
    const std::uint64_t first_node = out_.size();
    for (std::size_t n = 0; n < count; ++n) {
      const std::size_t first = n * room;
      const std::size_t used = std::min<std::size_t>(room, children.size() - first);
      nodes.push_back(out_.size());
      out_.text("TREE");
      out_.u8(0);
      out_.u8(level);
      out_.u16(static_cast<std::uint16_t>(used));
      out_.u64(n == 0 ? kUndefined : first_node + (n - 1) * node_size);
      out_.u64(n + 1 == count ? kUndefined : first_node + (n + 1) * node_size);
      out_.u64(keys[first]);
      for (std::size_t i = first; i < first + used; ++i) {
        out_.u64(children[i]);
        out_.u64(keys[i + 1]);
      }
      out_.zeros((room - used) * 16);
      node_keys.push_back(keys[first + used]);
    }
    if (count == 1) return nodes.front();
    children = std::move(nodes);
    keys = std::move(node_keys);
  }
}

void Layout::put_array_messages(LittleEndian& messages, const PlannedObject& array) {
  put_message(messages, MessageKind::kDataspace, 0, written_extent(array.shape));
  put_message(messages, MessageKind::kDatatype, 1, written_type(array.element));
  put_message(messages, MessageKind::kFillValue, 1, std::string("\2\2\2\1\0\0\0\0", 8));
  LittleEndian layout;
  layout.u8(3);
  layout.u8(1);
  layout.u64(kUndefined);  // set when it is known
  layout.u64(array.bytes);
  put_message(messages, MessageKind::kLayout, 0, layout.bytes());
}

void Layout::put_attribute(LittleEndian& messages, const PlannedAttribute& attribute) {
  const std::string type =
      attribute.is_text ? written_string_type() : written_type(attribute.element);
  const std::string extent = written_extent(attribute.shape);
  LittleEndian body;
  body.u8(1);
  body.u8(0);
  body.u16(static_cast<std::uint16_t>(attribute.name.size() + 1));
  body.u16(static_cast<std::uint16_t>(type.size()));
  body.u16(static_cast<std::uint16_t>(extent.size()));
  body.text(attribute.name);
  body.u8(0);
  body.align(8);
  body.text(type);
  body.align(8);
  body.text(extent);
  body.align(8);
  body.text(attribute.data);
  for (const std::string& text : attribute.texts) {
    const String& place = strings_[next_string_++];
    body.u32(static_cast<std::uint32_t>(text.size()));
    body.u64(place.heap);
    body.u32(place.index);
  }
  put_message(messages, MessageKind::kAttribute, 0, body.bytes());
}

/// Data lies in the order in which the arrays were added. Empty arrays have none.
void Layout::place_data() {
  std::sort(data_places_.begin(), data_places_.end());
  out_.align(8);
  size_ = out_.size();
  for (const auto& [index, address_at] : data_places_) {
    PlannedObject& array = objects_[index];
    if (array.bytes == 0) continue;
    array.data = aligned(size_, kAlignment);
    size_ = array.data + array.bytes;
    out_.set_u64(address_at, array.data);
  }
}

void Layout::put_superblock() {
  LittleEndian block;
  block.text(kSignature);
  block.zeros(5);
  block.u8(8);
  block.u8(8);
  block.u8(0);
  block.u16(static_cast<std::uint16_t>(kLeafHalf));
  block.u16(static_cast<std::uint16_t>(kNodeHalf));
  block.u32(0);
  block.u64(0);
  block.u64(kUndefined);
  block.u64(size_);
  block.u64(kUndefined);
  put_entry(block, 0, objects_.front().header, 1, root_.tree, root_.heap);
  out_.set(0, block.bytes());
}

}  // namespace keratin::formats::hdf5
