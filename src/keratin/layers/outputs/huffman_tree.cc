// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/outputs/huffman_tree.h"

#include <algorithm>
#include <numeric>

namespace keratin::layers {

HuffmanTree::HuffmanTree(std::span<const std::int64_t> counts)
    : leaves_(std::ssize(counts)),
      parent_(2 * counts.size() - 1),
      right_(2 * counts.size() - 1),
      children_(2 * counts.size() - 2) {
  std::vector<std::int64_t> by_count(counts.size());
  std::iota(by_count.begin(), by_count.end(), 0);
  std::ranges::stable_sort(by_count, [&](std::int64_t a, std::int64_t b) {
    return counts[static_cast<std::size_t>(a)] < counts[static_cast<std::size_t>(b)];
  });
  std::vector<std::int64_t> made;  // the counts of the inner nodes, which ascend
  made.reserve(counts.size() - 1);
  std::size_t leaf = 0, inner = 0;  // the next of either queue
  const auto count_of_leaf = [&] { return counts[static_cast<std::size_t>(by_count[leaf])]; };
  while (std::ssize(made) < leaves_ - 1) {
    std::int64_t sum = 0;
    for (const bool right : {false, true}) {
      const bool takes_leaf =
          leaf < counts.size() && (inner == made.size() || count_of_leaf() < made[inner]);
      sum += takes_leaf ? count_of_leaf() : made[inner];
      const std::int64_t node =
          takes_leaf ? by_count[leaf++] : leaves_ + static_cast<std::int64_t>(inner++);
      children_[2 * made.size() + (right ? 1 : 0)] = node;
      parent_[static_cast<std::size_t>(node)] = leaves_ + std::ssize(made);
      right_[static_cast<std::size_t>(node)] = right;
    }
    made.push_back(sum);
  }
}

}  // namespace keratin::layers
