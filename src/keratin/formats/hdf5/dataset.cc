// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/hdf5/dataset.h"

#include <algorithm>
#include <array>
#include <memory>

#include "keratin/formats/hdf5/attribute.h"
#include "keratin/formats/hdf5/chunks.h"
#include "keratin/formats/hdf5/filters.h"

/// Section IV.A.2.i of the HDF5 file format specification.
namespace keratin::formats::hdf5 {
namespace {

const Message& need(const Space& space, const std::vector<Message>& messages, MessageKind kind,
                    std::string_view what) {
  const Message* found = find(messages, kind);
  if (found == nullptr) {
    const std::uint64_t at = messages.empty() ? 0 : messages.front().body.offset();
    space.fail(at, str("a dataset with its ", what), "none");
  }
  return *found;
}

std::uint64_t size_in_bytes(const Space& space, const Message& layout, const Dataset& dataset) {
  const std::uint64_t size = product(dataset.extent.count, dataset.type.size);
  if (size == kTooMuch)
    space.fail(layout.body.offset(), "an array of less than 2^64 bytes", "more");
  return size;
}

void read_contiguous(Space& space, const Message& layout, Reader& reader, Dataset& dataset) {
  const std::uint64_t wanted = size_in_bytes(space, layout, dataset);
  const std::uint64_t at = reader.u64("place of the data");
  const std::uint64_t size = reader.u64("size of the data");
  if (at == kUndefined) {
    if (wanted != 0) {
      reader.fail(str("data of ", wanted, " bytes"), "none: the array was made, and never written");
    }
    dataset.bytes = space.bytes().part(0, 0);
    return;
  }
  if (size != wanted) {
    reader.fail(str("data of ", wanted, " bytes, by shape ", dataset.extent.shape), str(size));
  }
  dataset.bytes = space.take(at, size, "data");
}

}  // namespace

Dataset read_dataset(Space& space, const NodeSizes& sizes, const std::vector<Message>& messages) {
  Dataset dataset;
  dataset.type = read_type(need(space, messages, MessageKind::kDatatype, "type").body);
  dataset.extent = read_extent(need(space, messages, MessageKind::kDataspace, "shape").body);
  if (const Message* external = find(messages, MessageKind::kExternalFiles)) {
    external->body.fail(kHdf5, 0, "data in this file", "data in another file, which is refused");
  }
  const Message& layout = need(space, messages, MessageKind::kLayout, "layout");
  const Message* filters = find(messages, MessageKind::kFilters);
  Reader reader(layout.body, kHdf5);
  const std::uint8_t version = reader.u8("version of a layout");
  if (version != 3 && version != 4) {
    reader.fail_at(0, "a layout of version 3 or 4", str("version ", version));
  }
  const std::uint8_t kind = reader.u8("kind of layout");
  if (filters != nullptr && kind != 2) {
    filters->body.fail(kHdf5, 0, "filters of an array in chunks", "filters of another");
  }
  switch (kind) {
    case 0: {
      const std::uint16_t size = reader.u16("size of compact data");
      const std::uint64_t wanted = size_in_bytes(space, layout, dataset);
      if (size != wanted) reader.fail(str("data of ", wanted, " bytes, by its shape"), str(size));
      const std::uint64_t at = reader.at();
      reader.skip(size, "compact data");
      dataset.bytes = layout.body.part(at, size);
      break;
    }
    case 1:
      read_contiguous(space, layout, reader, dataset);
      break;
    case 2:
      size_in_bytes(space, layout, dataset);
      dataset.is_chunked = true;
      if (filters != nullptr) dataset.filters = read_filters(filters->body);
      read_chunks(space, sizes, version, reader, dataset);
      break;
    case 3:
      reader.fail_at(1, "data in this file", "a virtual dataset, which is refused");
    default:
      reader.fail_at(1, "a layout of kind 0 to 2", str(kind));
  }
  return dataset;
}

Array Dataset::array(std::string_view path, bool is_bfloat16) const {
  Type number = type;
  if (type.kind == Type::Kind::kOpaque && type.size == 2 && is_bfloat16) {
    number.kind = Type::Kind::kNumber;
    number.element = Element::kBfloat16;
  }
  if (number.kind != Type::Kind::kNumber) {
    bytes.fail(kHdf5, 0, str("numbers in ", path), str(type.name, " of ", type.size, " bytes"));
  }
  return array_of(number, extent.shape, is_chunked ? unpacked_chunks(*this) : bytes);
}

}  // namespace keratin::formats::hdf5
