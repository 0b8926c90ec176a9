// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "keratin/formats/hdf5/space.h"

namespace keratin::formats::hdf5 {

/// Walks a B-tree of version 1 from its first leaf to its last, with a stack of its own: a tree of
/// any depth costs no stack, and one with a circle runs out of bytes to take.
class BTree {
 public:
  /// A child of a node of level 0, and the keys around it.
  struct Child {
    Bytes key;
    std::uint64_t address;
    Bytes next_key;
  };

  /// `kind` 0: groups, 1: chunks. Nodes have room for 2 * `half` children.
  BTree(Space& space, std::uint8_t kind, std::uint64_t key_size, std::uint64_t half)
      : space_(space), kind_(kind), key_size_(key_size), half_(half) {}

  /// Calls `visit` with every child of the leaves, in order.
  template <class Visit>
  void walk(std::uint64_t root, Visit&& visit) {
    push(root, kAnyLevel);
    while (!stack_.empty()) {
      Node& node = stack_.back();
      if (node.next == node.count) {
        stack_.pop_back();
        continue;
      }
      const Child child = child_of(node, node.next++);
      if (node.level == 0) {
        visit(child);
      } else {
        push(child.address, node.level - 1);
      }
    }
    check_ends();
  }

 private:
  struct Node {
    std::uint64_t address;
    Bytes bytes;
    int level;
    std::uint16_t count;
    std::uint16_t next;
  };
  static constexpr int kAnyLevel = -1;

  void push(std::uint64_t address, int level);
  Child child_of(const Node& node, std::uint16_t index) const;
  void check_ends() const;

  Space& space_;
  std::uint8_t kind_;
  std::uint64_t key_size_;
  std::uint64_t half_;
  std::vector<Node> stack_;
  /// By level: the node read last, and what it says is right of it.
  struct Last {
    std::uint64_t address = kUndefined;
    std::uint64_t right = kUndefined;
  };
  std::vector<Last> last_;
};

}  // namespace keratin::formats::hdf5
