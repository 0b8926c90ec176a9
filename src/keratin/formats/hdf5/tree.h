// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "keratin/base/limits.h"
#include "keratin/formats/hdf5/attribute.h"
#include "keratin/formats/hdf5/dataset.h"

namespace keratin::formats::hdf5 {

/// Every group and dataset of a file. The children of a group lie side by side.
struct Tree {
  struct Node {
    std::string_view name;
    std::size_t parent = 0;
    std::size_t first_child = 0;
    std::size_t children = 0;
    std::vector<Attribute> attributes;
    std::optional<Dataset> dataset;
    std::uint64_t header = 0;
  };
  Bytes bytes;
  std::vector<Node> nodes;  ///< the root is the first
};

/// Reads the superblock, and from it everything. Throws FormatError.
Tree read_tree(Bytes bytes, const Limits& limits);

}  // namespace keratin::formats::hdf5
