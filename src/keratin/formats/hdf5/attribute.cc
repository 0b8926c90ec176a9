// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/hdf5/attribute.h"

#include <algorithm>
#include <memory>
#include <string>

#include "keratin/base/format_error.h"

/// Sections III.E and IV.A.2.m of the HDF5 file format specification.
namespace keratin::formats::hdf5 {

const GlobalHeaps::Collection& GlobalHeaps::read(std::uint64_t address) {
  const auto [place, is_new] = collections_.try_emplace(address);
  if (!is_new) return place->second;
  Collection& collection = place->second;
  Reader head(space_.bytes(), kHdf5, address);
  head.expect("GCOL", "a global heap");
  head.expect_number<std::uint8_t>(1, "version of a global heap");
  head.expect_zeros(3, "reserved");
  const std::uint64_t size = head.u64("size of a global heap");
  if (size < 16) head.fail("a heap of 16 bytes or more", str(size));
  const Bytes heap = space_.take(address, size, "global heap");
  Reader reader(heap, kHdf5, 16);
  while (reader.left() >= 16) {
    const std::uint64_t at = reader.at();
    const std::uint16_t index = reader.u16("index of an object");
    const std::uint16_t references = reader.u16("references of an object");
    reader.expect_zeros(4, "reserved");
    const std::uint64_t bytes = reader.u64("size of an object");
    if (index == 0) {  // what is free, with this head
      if (bytes != heap.size() - at && bytes != 0) {
        reader.fail_at(at, "free bytes up to the end of the heap", str(bytes));
      }
      break;
    }
    if (references > 1) reader.fail_at(at, "an object that is used once", str(references));
    const std::uint64_t begin = reader.at();
    reader.skip(aligned(bytes, 8), "an object of a heap");
    if (!collection.emplace(index, Object{heap.part(begin, bytes), false}).second) {
      reader.fail_at(at, "each index once", str(index, " twice"));
    }
  }
  return collection;
}

std::string_view GlobalHeaps::take(std::uint64_t at, std::uint64_t address, std::uint32_t index,
                                   std::uint64_t length) {
  if (address == 0 || length == 0) {
    if (length != 0) space_.fail(at, "a string of no bytes, which has no place", str(length));
    if (address == 0) return {};
  }
  const Collection& collection = read(address);
  const auto found =
      index > 0xFFFF ? collection.end() : collection.find(static_cast<std::uint16_t>(index));
  if (found == collection.end()) {
    space_.fail(at, "an object of the global heap", str("object ", index));
  }
  auto& object = const_cast<Object&>(found->second);
  if (object.is_taken) space_.fail(at, "a string of its own", str("object ", index, " again"));
  object.is_taken = true;
  if (object.bytes.size() != length) {
    space_.fail(at, str("the object's length ", object.bytes.size()), str(length));
  }
  return object.bytes.text();
}

std::vector<Attribute> AttributeReader::read(const std::vector<Message>& messages) {
  std::vector<Attribute> attributes;
  for (const Message& message : messages) {
    if (message.kind != MessageKind::kAttribute) continue;
    space_.count_object(message.body.offset());
    attributes.push_back(read_one(message.body));
  }
  std::sort(attributes.begin(), attributes.end(),
            [](const Attribute& a, const Attribute& b) { return a.name() < b.name(); });
  for (std::size_t i = 1; i < attributes.size(); ++i) {
    if (attributes[i].name() == attributes[i - 1].name()) {
      attributes[i].bytes_.fail(kHdf5, 0, "each attribute once",
                                str(in_quotes(attributes[i].name()), " twice"));
    }
  }
  return attributes;
}

Attribute AttributeReader::read_one(const Bytes& body) {
  Reader reader(body, kHdf5);
  const std::uint8_t version = reader.u8("version of an attribute");
  if (version < 1 || version > 3) {
    reader.fail_at(0, "an attribute of version 1 to 3", str("version ", version));
  }
  if (reader.u8("flags of an attribute") != 0) {
    reader.fail_at(1, "an attribute with a type of its own", "a shared one, which is refused");
  }
  const std::uint16_t name_size = reader.u16("size of a name");
  const std::uint16_t type_size = reader.u16("size of a type");
  const std::uint16_t extent_size = reader.u16("size of a dataspace");
  if (version == 3 && reader.u8("character set") > 1) reader.fail("ASCII or UTF-8", "another set");
  const auto part = [&](std::uint16_t size, std::string_view what) {
    const std::uint64_t at = reader.at();
    reader.skip(version == 1 ? aligned(size, 8) : size, what);
    return body.part(at, size);
  };
  Attribute attribute;
  const Bytes name = part(name_size, "name of an attribute");
  attribute.name_ = name.text().substr(0, name.text().find('\0'));
  if (attribute.name_.size() + 1 != name_size || attribute.name_.empty()) {
    name.fail(kHdf5, 0, "a name ended by a NUL", in_quotes(name.text()));
  }
  attribute.type_ = read_type(part(type_size, "type of an attribute"));
  attribute.extent_ = read_extent(part(extent_size, "dataspace of an attribute"));
  const std::uint64_t size = product(attribute.extent_.count, attribute.type_.size);
  const std::uint64_t at = reader.at();
  reader.skip(size, str("the ", size, " bytes of the attribute ", in_quotes(attribute.name_)));
  attribute.bytes_ = body.part(at, size);
  if (reader.left() >= 8) {
    reader.fail("the end of the attribute", str(reader.left(), " bytes more"));
  }
  read_texts(attribute);
  return attribute;
}

void AttributeReader::read_texts(Attribute& attribute) {
  if (!attribute.is_text()) return;
  Reader reader(attribute.bytes_, kHdf5);
  attribute.texts_.reserve(static_cast<std::size_t>(attribute.extent_.count));
  for (std::uint64_t i = 0; i < attribute.extent_.count; ++i) {
    std::string_view text;
    if (attribute.type_.kind == Type::Kind::kVariableString) {
      const std::uint64_t at = attribute.bytes_.offset() + reader.at();
      const std::uint32_t length = reader.u32("length of a string");
      const std::uint64_t address = reader.u64("heap of a string");
      text = heaps_.take(at, address, reader.u32("object of a string"), length);
    } else {
      text = reader.text(attribute.type_.size, "string");
      if (attribute.type_.padding == Type::Padding::kTerminated) {
        text = text.substr(0, text.find('\0'));
      } else {
        const char filler = attribute.type_.padding == Type::Padding::kNul ? '\0' : ' ';
        text = text.substr(0, text.find_last_not_of(filler) + 1);
      }
    }
    attribute.texts_.push_back(text);
  }
}

void Attribute::refuse(std::string_view wanted) const {
  bytes_.fail(kHdf5, 0, str("the attribute ", in_quotes(name_), " to be ", wanted),
              str(type_.name, " of ", type_.size, " bytes, shape ", extent_.shape));
}

const std::vector<std::string_view>& Attribute::texts() const {
  if (!is_text() && extent_.count != 0) refuse("strings");
  return texts_;
}

std::string_view Attribute::text() const {
  if (!is_text() || texts_.size() != 1) refuse("a string");
  return texts_.front();
}

Array Attribute::array() const {
  if (type_.kind != Type::Kind::kNumber) refuse("numbers");
  return array_of(type_, extent_.shape, bytes_);
}

Array array_of(const Type& type, const Shape& shape, const Bytes& bytes) {
  const std::size_t size = type.size;
  if (!type.is_big_endian || size == 1) return {shape, type.element, bytes};
  std::string swapped(bytes.text());
  for (std::size_t i = 0; i + size <= swapped.size(); i += size) {
    std::reverse(swapped.begin() + static_cast<std::ptrdiff_t>(i),
                 swapped.begin() + static_cast<std::ptrdiff_t>(i + size));
  }
  const auto data = std::make_shared<const std::string>(std::move(swapped));
  const auto* begin = reinterpret_cast<const std::byte*>(data->data());
  const std::shared_ptr<const std::byte[]> keeper(data, begin);
  return {shape, type.element, bytes.unpacked(keeper, data->size(), bytes.member())};
}

}  // namespace keratin::formats::hdf5
