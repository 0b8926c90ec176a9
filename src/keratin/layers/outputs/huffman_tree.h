// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace keratin::layers {

/// A binary tree with V leaves and V - 1 inner nodes in which what occurs often is near the root:
/// D. A. Huffman, "A method for the construction of minimum-redundancy codes" (1952), built of two
/// queues as in word2vec. Nodes are numbered: leaves 0 to V - 1, then inner nodes as they are made,
/// the root last. Immutable. Threads: safe.
class HuffmanTree {
 public:
  /// A positive count a leaf, two leaves at least, 2^62 in all at most.
  explicit HuffmanTree(std::span<const std::int64_t> counts);

  std::int64_t leaves() const { return leaves_; }
  std::int64_t root() const { return 2 * leaves_ - 2; }
  /// Calls body(inner, right) on the way from a leaf to the root: the number of the inner node,
  /// from 0, and whether the way comes from its right (word2vec: code 1).
  template <class Body>
  void for_path(std::int64_t leaf, Body body) const {
    for (std::int64_t node = leaf; node != root(); node = parent_[static_cast<std::size_t>(node)])
      body(parent_[static_cast<std::size_t>(node)] - leaves_,
           right_[static_cast<std::size_t>(node)]);
  }
  /// The node on that side of inner node number `inner`.
  std::int64_t child(std::int64_t inner, bool right) const {
    return children_[static_cast<std::size_t>(2 * inner + (right ? 1 : 0))];
  }

 private:
  std::int64_t leaves_;
  std::vector<std::int64_t> parent_;    // one a node but the root
  std::vector<bool> right_;             // likewise
  std::vector<std::int64_t> children_;  // two an inner node
};

}  // namespace keratin::layers
