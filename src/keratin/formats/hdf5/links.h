// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "keratin/formats/hdf5/header.h"
#include "keratin/formats/hdf5/space.h"

namespace keratin::formats::hdf5 {

/// A name in a group, and the object header that it means.
struct Link {
  std::string_view name;
  std::uint64_t header = 0;
  std::uint64_t at = 0;  ///< where the name's entry lies
  /// What the entry repeats of a group's own message; both undefined where it repeats nothing.
  std::uint64_t tree = kUndefined;
  std::uint64_t heap = kUndefined;
};

/// Sizes of nodes, from the superblock.
struct NodeSizes {
  std::uint64_t leaf = 4;
  std::uint64_t internal = 16;
  std::uint64_t chunks = 32;
};

/// The links of a group of either kind, by name in the order of bytes. Refuses soft, external and
/// user-defined links.
std::vector<Link> read_links(Space& space, const NodeSizes& sizes,
                             const std::vector<Message>& messages);

/// Throws FormatError for what is no name of a link.
void check_link_name(const Space& space, std::uint64_t at, std::string_view name);

}  // namespace keratin::formats::hdf5
