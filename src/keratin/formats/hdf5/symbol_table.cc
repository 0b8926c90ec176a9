// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/hdf5/symbol_table.h"

#include <string>

#include "keratin/base/format_error.h"
#include "keratin/formats/hdf5/btree.h"

/// Sections III.B to III.D of the HDF5 file format specification.
namespace keratin::formats::hdf5 {
namespace {

/// The names of a group, each ended by a NUL.
class LocalHeap {
 public:
  LocalHeap(Space& space, std::uint64_t at) {
    const Bytes head = space.take(at, 32, "local heap");
    Reader reader(head, kHdf5);
    reader.expect("HEAP", "a local heap");
    reader.expect_number<std::uint8_t>(0, "version of a local heap");
    reader.expect_zeros(3, "reserved");
    const std::uint64_t size = reader.u64("size of a local heap");
    const std::uint64_t free = reader.u64("free list of a local heap");
    is_full_ = free == 1;
    if (free != 1 && free != kUndefined && free >= size) {
      reader.fail_at(16, "a free list inside the heap", str(free));
    }
    names_ = space.take(reader.u64("data of a local heap"), size, "names of a group");
  }

  /// All of it is names: a group with such a heap has entries. Eight bytes are the empty name's.
  void check_empty() const {
    if (is_full_ && names_.size() > 8) {
      names_.fail(kHdf5, 8, "entries for the names of a group", "none");
    }
  }

  std::string_view name(const Reader& entry, std::uint64_t at, std::uint64_t offset) const {
    const std::string_view all = names_.text();
    if (offset >= all.size()) {
      entry.fail_at(at, str("a name within ", all.size(), " bytes of names"), str(offset));
    }
    const std::size_t end = all.find('\0', static_cast<std::size_t>(offset));
    if (end == std::string_view::npos) {
      names_.fail(kHdf5, offset, "a name with an end", "none");
    }
    return all.substr(static_cast<std::size_t>(offset), end - static_cast<std::size_t>(offset));
  }

 private:
  Bytes names_;
  bool is_full_ = false;
};

}  // namespace

SymbolEntry read_symbol_entry(Reader& reader) {
  SymbolEntry entry;
  entry.link.at = reader.bytes().offset() + reader.at();
  entry.name = reader.u64("name of an entry");
  entry.link.header = reader.u64("object of an entry");
  const std::uint64_t at = reader.at();
  const std::uint32_t cached = reader.u32("kind of entry");
  reader.expect_zeros(4, "reserved");
  switch (cached) {
    case 0:
      reader.skip(16, "scratch");
      break;
    case 1:
      entry.link.tree = reader.u64("B-tree of an entry");
      entry.link.heap = reader.u64("heap of an entry");
      break;
    case 2:
      reader.fail_at(at, "a link to an object of this file",
                     "a soft link (SoftLink), which is refused");
    default:
      reader.fail_at(at, "an entry of kind 0 or 1", str(cached));
  }
  return entry;
}

std::vector<Link> read_symbol_table(Space& space, const NodeSizes& sizes, std::uint64_t tree,
                                    std::uint64_t heap_at) {
  const LocalHeap heap(space, heap_at);
  std::vector<Link> links;
  const std::uint64_t leaf_size = 8 + 2 * sizes.leaf * kEntrySize;
  BTree(space, 0, 8, sizes.internal).walk(tree, [&](const BTree::Child& child) {
    const Bytes leaf = space.take(child.address, leaf_size, "symbol table node");
    Reader reader(leaf, kHdf5);
    reader.expect("SNOD", "a symbol table node");
    reader.expect_number<std::uint8_t>(1, "version of a symbol table node");
    reader.expect_zeros(1, "reserved");
    const std::uint16_t count = reader.u16("entries of a node");
    if (count == 0 || count > 2 * sizes.leaf) {
      reader.fail_at(6, str("1 to ", 2 * sizes.leaf, " entries"), str(count));
    }
    const auto key = [&](const Bytes& bytes) {
      Reader number(bytes, kHdf5);
      return heap.name(number, 0, number.u64("key"));
    };
    const std::string_view before = key(child.key);
    for (std::uint16_t i = 0; i < count; ++i) {
      SymbolEntry entry = read_symbol_entry(reader);
      entry.link.name = heap.name(reader, 8 + i * kEntrySize, entry.name);
      const std::string_view least = i == 0 ? before : links.back().name;
      if (entry.link.name <= least) {
        reader.fail_at(8 + i * kEntrySize, str("a name after ", in_quotes(least)),
                       in_quotes(entry.link.name));
      }
      links.push_back(entry.link);
    }
    if (links.back().name != key(child.next_key)) {
      child.next_key.fail(kHdf5, 0,
                          str("the last name of its node, ", in_quotes(links.back().name)),
                          in_quotes(key(child.next_key)));
    }
  });
  if (links.empty()) heap.check_empty();
  return links;
}

}  // namespace keratin::formats::hdf5
