// SPDX-License-Identifier: Apache-2.0
#include "keratin/formats/hdf5/btree.h"

namespace keratin::formats::hdf5 {

namespace {
constexpr std::uint64_t kHeadSize = 24;
constexpr std::uint64_t kAddressSize = 8;
}  // namespace

/// Section III.A.1 of the HDF5 file format specification. The room for 2 * half children is
/// allocated whole, used or not.
void BTree::push(std::uint64_t address, int level) {
  const std::uint64_t size =
      kHeadSize + product(2 * half_, kAddressSize) + product(2 * half_ + 1, key_size_);
  const Bytes bytes = space_.take(address, size, "B-tree node");
  Reader reader(bytes, kHdf5);
  reader.expect("TREE", "a B-tree node");
  reader.expect_number<std::uint8_t>(kind_, "kind of B-tree");
  const int found = reader.u8("level of a node");
  if (level == kAnyLevel) {
    last_.resize(static_cast<std::size_t>(found) + 1);
  } else if (found != level) {
    reader.fail_at(5, str("a node of level ", level), str(found));
  }
  Node node = {address, bytes, found, reader.u16("children of a node"), 0};
  if (node.count > 2 * half_)
    reader.fail_at(6, str(2 * half_, " children at most"), str(node.count));
  if (node.count == 0 && level != kAnyLevel) reader.fail_at(6, "a child or more", "none");
  Last& last = last_[static_cast<std::size_t>(found)];
  if (last.address != kUndefined && last.right != address) {
    reader.fail_at(0, str("the node right of ", last.address), str("node ", address));
  }
  const std::uint64_t left = reader.u64("left neighbour");
  if (left != last.address) reader.fail_at(8, "the node read before on the left", str(left));
  last.address = address;
  last.right = reader.u64("right neighbour");
  stack_.push_back(node);
}

BTree::Child BTree::child_of(const Node& node, std::uint16_t index) const {
  const std::uint64_t step = key_size_ + kAddressSize;
  const std::uint64_t at = kHeadSize + index * step;
  Reader reader(node.bytes, kHdf5, at + key_size_);
  const std::uint64_t address = reader.u64("address of a child");
  return {node.bytes.part(at, key_size_), address, node.bytes.part(at + step, key_size_)};
}

void BTree::check_ends() const {
  for (const Last& last : last_) {
    if (last.address != kUndefined && last.right != kUndefined) {
      space_.fail(last.address + 16, "no node right of the last one", str(last.right));
    }
  }
}

}  // namespace keratin::formats::hdf5
